"""Metrics of HTTP requests, by prometheus-fastapi-instrumentator."""

from __future__ import annotations

from http import HTTPMethod
from typing import TYPE_CHECKING, NamedTuple

from prometheus_client import Counter, Histogram, Summary
from prometheus_fastapi_instrumentator import Instrumentator

from api import documentation

if TYPE_CHECKING:
    from fastapi import FastAPI
    from prometheus_client import CollectorRegistry
    from prometheus_fastapi_instrumentator.metrics import Info

DURATION_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)

_METHODS = frozenset(method.value for method in HTTPMethod)


def instrument(app: FastAPI, registry: CollectorRegistry) -> None:
    """Measure every request of the app from now on, and answer `/metrics`."""
    instrumentator = Instrumentator(should_group_status_codes=False, registry=registry)
    instrumentator.add(HttpMetrics(registry)).instrument(app)
    instrumentator.expose(app, endpoint="/metrics", **documentation.METRICS)


class _Series(NamedTuple):
    requests: Counter
    duration: Histogram
    request_size: Summary
    response_size: Summary


class HttpMetrics:
    """Counts, durations and sizes by route; paths that match no route are the handler ``none``.

    Args:
        registry: where they are collected.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        route = ("handler", "method")
        self._requests = Counter("http_requests", "HTTP requests.", (*route, "status"), registry=registry)
        self._duration = Histogram(
            "http_request_duration_seconds",
            "Seconds from request to answer.",
            route,
            buckets=DURATION_BUCKETS,
            registry=registry,
        )
        self._request_size = Summary(
            "http_request_size_bytes", "Declared bytes of request bodies.", route, registry=registry
        )
        self._response_size = Summary("http_response_size_bytes", "Bytes of answers' bodies.", route, registry=registry)
        # Looking a series up by its labels costs as much as counting: do it once a combination.
        self._series: dict[tuple[str, str, str], _Series] = {}

    def __call__(self, info: Info) -> None:
        """Count one request; the instrumentator calls this after the answer."""
        # Any word may stand where the method is: unknown ones must not each make a series.
        method = info.method if info.method in _METHODS else "other"
        key = (info.modified_handler, method, info.modified_status)
        series = self._series.get(key) or self._add(key)
        series.requests.inc()
        series.duration.observe(info.modified_duration)
        series.request_size.observe(_length(info.request.headers.get("content-length")))
        series.response_size.observe(_length(info.response.headers.get("content-length") if info.response else None))

    def _add(self, key: tuple[str, str, str]) -> _Series:
        route = key[:2]
        return self._series.setdefault(
            key,
            _Series(
                self._requests.labels(*key),
                self._duration.labels(*route),
                self._request_size.labels(*route),
                self._response_size.labels(*route),
            ),
        )


def _length(header: str | None) -> int:
    return int(header) if header is not None and header.isdecimal() else 0
