"""All metrics of one app, in a registry of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

from api.http_metrics import instrument
from api.prediction_metrics import PredictionMetrics
from api.reload_metrics import ReloadMetrics
from api.serving_metrics import ServingMetrics

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.serving import Current


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

    def instrument(self, app: FastAPI) -> None:
        """Measure the app's requests and answer `/metrics`."""
        instrument(app, self.registry)
