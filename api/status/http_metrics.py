"""Metrics of HTTP requests: the instrumentator's, under its default names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from prometheus_client import Counter, Histogram, Summary
from prometheus_fastapi_instrumentator.middleware import PrometheusInstrumentatorMiddleware

from api.http.body import declared_length

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI
    from prometheus_client import CollectorRegistry
    from prometheus_fastapi_instrumentator.metrics import Info
    from starlette.requests import Request
    from starlette.types import ASGIApp

DURATION_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)
FINE_BUCKETS = (*DURATION_BUCKETS, 2.5, 5, 10, 30, 60)


def instrument(app: FastAPI, registry: CollectorRegistry) -> None:
    """Count the app's requests by route, method and status group; paths of no route are the handler ``none``."""
    app.add_middleware(Instrumented, registry=registry, instrumentations=[DefaultMetrics(registry)])


class Instrumented(PrometheusInstrumentatorMiddleware):
    """The instrumentator; it finds a route by regular expressions the first time only.

    Args:
        app: what answers.
        options: the instrumentator's own.
    """

    def __init__(self, app: ASGIApp, /, **options: Any) -> None:
        super().__init__(app, **options)
        self._paths_of_routes: set[str] = set()

    def _get_handler(self, request: Request) -> tuple[str, bool]:
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        if path in self._paths_of_routes:
            return path, True
        handler, is_templated = super()._get_handler(request)
        if is_templated and handler == path:
            self._paths_of_routes.add(path)
        return handler, is_templated


class _Series(NamedTuple):
    """What counts the requests of one method, status group and route."""

    add_one: Callable[[], None]
    request_size: Callable[[float], None]
    response_size: Callable[[float], None]
    duration: Callable[[float], None]


class DefaultMetrics:
    """The instrumentator's default metrics, whose series are looked up once and not at each request.

    Args:
        registry: where they are collected.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        route = ("handler",)
        self._requests = Counter(
            "http_requests_total",
            "Requests by method, status group and route.",
            ("method", "status", *route),
            registry=registry,
        )
        self._request_size = Summary(
            "http_request_size_bytes", "Declared size of requests' bodies.", route, registry=registry
        )
        self._response_size = Summary("http_response_size_bytes", "Size of answers' bodies.", route, registry=registry)
        self._duration = Histogram(
            "http_request_duration_seconds",
            "Time from request to answer by route.",
            ("method", *route),
            buckets=DURATION_BUCKETS,
            registry=registry,
        )
        self._any_duration = Histogram(
            "http_request_duration_highr_seconds",
            "Time from request to answer, of all routes.",
            buckets=FINE_BUCKETS,
            registry=registry,
        )
        self._series: dict[tuple[str, str, str], _Series] = {}

    def __call__(self, info: Info) -> None:
        """Count one request."""
        labels = info.method, info.modified_status, info.modified_handler
        series = self._series.get(labels) or self._series.setdefault(labels, self._look_up(*labels))
        series.add_one()
        series.request_size(declared_length(info.request.scope["headers"]))
        series.response_size(declared_length(info.response.raw_headers) if info.response else 0)
        series.duration(info.modified_duration)
        self._any_duration.observe(info.modified_duration)

    def _look_up(self, method: str, status: str, handler: str) -> _Series:
        return _Series(
            self._requests.labels(method, status, handler).inc,
            self._request_size.labels(handler).observe,
            self._response_size.labels(handler).observe,
            self._duration.labels(method, handler).observe,
        )
