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

from api.status import reports
from api.status.http_metrics import instrument
from api.status.log_metrics import LogMetrics
from api.status.outcome_metrics import OutcomeMetrics
from api.status.prediction_metrics import PredictionMetrics
from api.status.service_metrics import ServiceMetrics

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.service import Service


class Metrics:
    """What the parts of an app count with.

    Args:
        service: what is described.
    """

    def __init__(self, service: Service) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.registry.register(ServiceMetrics(service))
        self.registry.register(OutcomeMetrics(service))
        self.registry.register(LogMetrics(service))
        self.predictions = PredictionMetrics(self.registry)

    async def expose(self) -> Response:
        """Metrics in Prometheus' text format."""
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)

    def add_to(self, app: FastAPI) -> None:
        """Measure the app's requests and answer `/metrics`."""
        instrument(app, self.registry)
        app.add_api_route("/metrics", self.expose, methods=["GET"], **reports.METRICS)
