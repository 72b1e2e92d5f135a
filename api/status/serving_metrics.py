"""What is served, as metrics: read from the one reference at each scrape, so never stale."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

    from api.serving.active import Current
    from api.serving.loaded import LoadedModel, LoadedSnapshot


class ServingMetrics(Collector):
    """Readiness, model version and features' age.

    Args:
        current: what is served.
        alias: the alias that the model is served by.
    """

    def __init__(self, current: Current, alias: str) -> None:
        self._current, self._alias = current, alias

    def collect(self) -> Iterator[Metric]:
        """The metrics of this moment; those of a missing model or snapshot are absent."""
        serving = self._current.serving
        yield _gauge("quantity_ready", "Whether predictions can be answered.", serving.answering is not None)
        if serving.model is not None:
            yield from self._of_model(serving.model)
        if serving.snapshot is not None:
            yield from _of_snapshot(serving.snapshot)

    def _of_model(self, model: LoadedModel) -> Iterator[Metric]:
        info = GaugeMetricFamily(
            "quantity_model_info", "The model version served.", labels=("name", "version", "alias")
        )
        info.add_metric((model.info.name, model.version, self._alias), 1)
        yield info
        yield _gauge(
            "quantity_model_loaded_timestamp_seconds",
            "When the model was loaded, in seconds since 1970-01-01.",
            model.loaded_at.timestamp(),
        )


def _of_snapshot(snapshot: LoadedSnapshot) -> Iterator[Metric]:
    midnight = dt.datetime.combine(snapshot.snapshot.info.as_of_date, dt.time(), tzinfo=dt.UTC).timestamp()
    yield _gauge(
        "quantity_features_as_of_timestamp_seconds",
        "Start of the features' as-of date, in seconds since 1970-01-01.",
        midnight,
    )
    yield _gauge("quantity_features_age_seconds", "Time since the features' as-of date began.", time.time() - midnight)


def _gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, value=float(value))
