"""Metrics of HTTP requests: the instrumentator's, under its default names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prometheus_fastapi_instrumentator.middleware import PrometheusInstrumentatorMiddleware

if TYPE_CHECKING:
    from fastapi import FastAPI
    from prometheus_client import CollectorRegistry
    from starlette.requests import Request
    from starlette.types import ASGIApp

DURATION_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)


def instrument(app: FastAPI, registry: CollectorRegistry) -> None:
    """Count the app's requests by route, method and status group; paths of no route are the handler ``none``."""
    app.add_middleware(Instrumented, registry=registry, latency_lowr_buckets=DURATION_BUCKETS)


class Instrumented(PrometheusInstrumentatorMiddleware):
    """The instrumentator; it finds a route by regular expressions the first time only.

    Args:
        app: what answers.
        options: the instrumentator's own.
    """

    def __init__(self, app: ASGIApp, **options: Any) -> None:
        super().__init__(app, **options)
        self._paths_of_routes: set[str] = set()

    def _get_handler(self, request: Request) -> tuple[str, bool]:
        path = request.scope["path"]
        if path in self._paths_of_routes:
            return path, True
        handler, is_templated = super()._get_handler(request)
        if is_templated and handler == path:
            self._paths_of_routes.add(path)
        return handler, is_templated
