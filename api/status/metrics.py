"""All metrics of one app, in a registry of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from starlette.responses import Response

from api.http import openapi as documentation
from api.status.http_metrics import HttpMetrics, Measured
from api.status.prediction_metrics import PredictionMetrics
from api.status.reload_metrics import ReloadMetrics
from api.status.serving_metrics import ServingMetrics

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.serving.active import Current


class Metrics:
    """What the parts of an app count with.

    Args:
        current: what is served.
        alias: the alias that the model is served by.
    """

    def __init__(self, current: Current, alias: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.registry.register(ServingMetrics(current, alias))
        self.reloads = ReloadMetrics(self.registry)
        self.predictions = PredictionMetrics(self.registry)
        self.http = HttpMetrics(self.registry)

    async def expose(self) -> Response:
        """Metrics in Prometheus' text format."""
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)

    def add_to(self, app: FastAPI) -> None:
        """Measure the app's requests and answer `/metrics`."""
        app.add_middleware(Measured, metrics=self.http)
        app.add_api_route("/metrics", self.expose, methods=["GET"], **documentation.METRICS)
