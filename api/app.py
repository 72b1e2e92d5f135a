"""The composition root: puts the service together."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.responses import RedirectResponse

from api.http.errors import RefusedError, UnexpectedErrors, refuse
from api.http.openapi import DocumentedApi
from api.http.request_log import RequestLog
from api.loading.process import Loader
from api.predict.answer import Answerer
from api.predict.route import QuantityRoutes
from api.service import Service, Sources, loaded_sources
from api.serving.active import Current
from api.status.health import HealthRoutes
from api.status.metrics import Metrics
from quantity.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from fastapi import FastAPI
    from starlette.requests import Request

logger = logging.getLogger(__name__)


def create_app(settings: Settings | None = None, *, sources: Sources | None = None) -> FastAPI:
    """Put the service together; nothing is connected or loaded before it starts.

    Args:
        settings: by default from the environment.
        sources: where models and snapshots come from; by default the settings' registry and database.
    """
    settings = settings or Settings()
    sources = sources or loaded_sources(settings, Loader(settings))
    current = Current()
    metrics = Metrics(current, settings.model_alias)
    service = Service(settings, sources, current, metrics.reloads)
    app = DocumentedApi(settings.api_max_pairs, lifespan=_lifespan(service))
    app.state.service, app.state.metrics = service, metrics
    QuantityRoutes(service, Answerer(settings.api_max_pairs, metrics.predictions)).add_to(app)
    HealthRoutes(service).add_to(app)
    app.add_route("/", _to_documentation, include_in_schema=False)
    app.add_exception_handler(RefusedError, refuse)
    # The last one added sees a request first.
    app.add_middleware(UnexpectedErrors)
    metrics.add_to(app)
    app.add_middleware(RequestLog)
    return app


def _lifespan(service: Service) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        service.start()
        logger.info("started", extra={"fields": {"documentation": documentation_url(service.settings)}})
        yield
        await to_thread.run_sync(service.stop)
        logger.info("stopped")

    return lifespan


def documentation_url(settings: Settings) -> str:
    """Where a browser on this machine finds the documentation."""
    host = "localhost" if settings.api_host in ("0.0.0.0", "::") else settings.api_host  # noqa: S104
    return f"http://{host}:{settings.api_port}/documentation"


async def _to_documentation(request: Request) -> RedirectResponse:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/documentation")
