"""The composition root: puts the service together."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.routing import Route

from api.explain.route import MAX_PAIRS as MAX_EXPLAINED
from api.explain.route import ExplainRoute
from api.explain.schema import REQUEST as EXPLAIN_REQUEST
from api.history.route import HistoryRoutes
from api.http.cross_origin import allow_origins
from api.http.errors import RefusedError, refuse
from api.http.openapi import DocumentedApi
from api.http.request_log import RequestLog
from api.http.root_path import RootPath
from api.http.server import leave_alone_what_stays
from api.loading.loader_process import LoaderProcess
from api.page.route import PageRoutes
from api.predict.route import PredictRoute
from api.predict.schema import PredictRequest, predict_request
from api.service import Service
from api.status.health import HealthRoutes
from api.status.metrics import Metrics
from api.status.model_report import ModelRoute
from quantity.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from fastapi import FastAPI

    from api.loading.loader_process import LoaderHandle
    from api.serving.memory import ActivePair

logger = logging.getLogger(__name__)


def create_app(settings: Settings | None = None, *, loader: LoaderHandle | None = None) -> FastAPI:
    """Put the service together; nothing is connected or loaded before it starts.

    Args:
        settings: by default from the environment.
        loader: keeps the local copy; by default a process of its own.
    """
    settings = settings or Settings()
    service = Service(settings, loader or LoaderProcess(settings))
    metrics = Metrics(service)
    bodies = {
        PredictRequest.__name__: predict_request(settings.api_max_pairs),
        EXPLAIN_REQUEST: predict_request(MAX_EXPLAINED, EXPLAIN_REQUEST),
    }
    app = DocumentedApi(bodies, lifespan=_lifespan(service))
    app.state.service, app.state.metrics = service, metrics
    predict = PredictRoute(service, metrics.predictions, service.log if service.log.is_on else None)
    predict.add_to(app)
    explain = ExplainRoute(service)
    explain.add_to(app)
    HistoryRoutes(service).add_to(app)
    ModelRoute(service).add_to(app)
    HealthRoutes(service).add_to(app)
    PageRoutes(settings.api_max_pairs, settings.api_max_body_bytes).add_to(app)
    app.add_exception_handler(RefusedError, refuse)
    # The last one added sees a request first.
    metrics.add_to(app)
    app.add_middleware(RequestLog)
    if settings.root_path:
        app.add_middleware(RootPath, root_path=settings.root_path, own_paths=_paths(app))
    if settings.cors_origins:
        allow_origins(app, settings.cors_origins)
    service.memory.on_ready = partial(_get_ready, predict, explain)
    return app


def _get_ready(predict: PredictRoute, explain: ExplainRoute, pair: ActivePair) -> None:
    """Answer a first request inside: no client waits for what is done but once."""
    predict.warm_up(pair)
    explain.warm_up(pair)
    leave_alone_what_stays()


def _lifespan(service: Service) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        service.start()
        logger.info("started", extra={"documentation": documentation_url(service.settings)})
        yield
        await to_thread.run_sync(service.stop)
        logger.info("stopped")

    return lifespan


def documentation_url(settings: Settings) -> str:
    """Where a browser on this machine finds the documentation."""
    host = "localhost" if settings.api_host in ("0.0.0.0", "::") else settings.api_host  # noqa: S104
    return f"http://{host}:{settings.api_port}{settings.root_path}/documentation"


def _paths(app: FastAPI) -> list[str]:
    return [route.path for route in app.routes if isinstance(route, Route)]
