"""Metrics of HTTP requests."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from http import HTTPMethod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, SummaryMetricFamily
from prometheus_client.registry import Collector

from api.http.headers import declared_length
from api.status.bulk_histogram import BulkHistogram

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import CollectorRegistry, Metric
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

DURATION_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)

PENDING_REQUESTS = 500
"""Requests are counted together, so many at a time."""

_METHODS = frozenset(method.value for method in HTTPMethod)


class _Request(NamedTuple):
    handler: str
    method: str
    status: int
    seconds: float
    request_bytes: int
    response_bytes: int


class _Series:
    """One handler and method."""

    def __init__(self) -> None:
        self.statuses: dict[int, int] = defaultdict(int)
        self.duration = BulkHistogram(DURATION_BUCKETS)
        self.request_bytes = self.response_bytes = self.requests = 0

    def count(self, requests: list[_Request]) -> None:
        for request in requests:
            self.statuses[request.status] += 1
            self.request_bytes += request.request_bytes
            self.response_bytes += request.response_bytes
        self.requests += len(requests)
        self.duration.observe(np.array([request.seconds for request in requests]))


class HttpMetrics(Collector):
    """Counts, durations and sizes by route; paths that match no route are the handler ``none``.

    Args:
        registry: where they are collected.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._lock = threading.Lock()
        self._pending: list[_Request] = []
        self._series: dict[tuple[str, str], _Series] = defaultdict(_Series)
        registry.register(self)

    def observe(self, scope: Scope, status: int, seconds: float, response_bytes: int) -> None:
        """Count one request."""
        # Any word may stand where the method is: unknown ones must not each make a series.
        method = scope["method"] if scope["method"] in _METHODS else "other"
        handler = getattr(scope.get("route"), "path", "none")
        with self._lock:
            self._pending.append(_Request(handler, method, status, seconds, declared_length(scope), response_bytes))
            if len(self._pending) >= PENDING_REQUESTS:
                self._count()

    def collect(self) -> Iterator[Metric]:
        """The counts so far, with those of the last request."""
        route = ("handler", "method")
        requests = CounterMetricFamily("http_requests", "HTTP requests.", labels=(*route, "status"))
        duration = HistogramMetricFamily(
            "http_request_duration_seconds", "Seconds from request to answer.", labels=route
        )
        asked = SummaryMetricFamily("http_request_size_bytes", "Declared bytes of request bodies.", labels=route)
        answered = SummaryMetricFamily("http_response_size_bytes", "Bytes of answers' bodies.", labels=route)
        with self._lock:
            self._count()
            for labels, series in self._series.items():
                for status, count in series.statuses.items():
                    requests.add_metric((*labels, str(status)), count)
                series.duration.add_to(duration, labels)
                asked.add_metric(labels, series.requests, series.request_bytes)
                answered.add_metric(labels, series.requests, series.response_bytes)
        yield from (requests, duration, asked, answered)

    def _count(self) -> None:
        pending, self._pending = self._pending, []
        by_route: dict[tuple[str, str], list[_Request]] = defaultdict(list)
        for request in pending:
            by_route[request.handler, request.method].append(request)
        for route, requests in by_route.items():
            self._series[route].count(requests)


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
