"""Metrics of HTTP requests."""

from __future__ import annotations

import time
from http import HTTPMethod
from typing import TYPE_CHECKING, NamedTuple

from prometheus_client import Counter, Histogram, Summary

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

DURATION_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)

_METHODS = frozenset(method.value for method in HTTPMethod)


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
        self._series: dict[tuple[str, str, int], _Series] = {}

    def observe(self, scope: Scope, status: int, seconds: float, response_bytes: int) -> None:
        """Count one request."""
        # Any word may stand where the method is: unknown ones must not each make a series.
        method = scope["method"] if scope["method"] in _METHODS else "other"
        key = (getattr(scope.get("route"), "path", "none"), method, status)
        series = self._series.get(key) or self._add(key)
        series.requests.inc()
        series.duration.observe(seconds)
        series.request_size.observe(_declared_length(scope))
        series.response_size.observe(response_bytes)

    def _add(self, key: tuple[str, str, int]) -> _Series:
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


class Measured:
    """ASGI middleware: counts each request when it has ended.

    Args:
        app: what answers.
        metrics: counts.
    """

    def __init__(self, app: ASGIApp, metrics: HttpMetrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status, length = 500, 0

        async def measure(message: Message) -> None:
            nonlocal status, length
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                length += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, measure)
        finally:
            self._metrics.observe(scope, status, time.perf_counter() - started, length)


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
