"""What the service has in memory and how loading goes, as metrics: read at each scrape, so never stale."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from api.loading.local_copy import PARTS
from api.loading.status import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client import Metric

    from api.loading.status import SourceStatus
    from api.service import Service
    from api.serving.halves import ModelInMemory, SnapshotInMemory

BY_SOURCE: dict[str, tuple[str, Callable[[SourceStatus], int]]] = {
    "quantity_reloads": (
        "Model versions and snapshots loaded from their source into the local copy, since the loader was started.",
        lambda status: status.loads,
    ),
    "quantity_reload_failures": (
        "Attempts to look at a source or to load from it that failed, since the loader was started.",
        lambda status: status.failures,
    ),
    "quantity_local_copy_failures": (
        "Local copies that could not be written, since the loader was started.",
        lambda status: status.copy_failures,
    ),
}
"""Counters by source: name, documentation, value. All begin at 0, so that the first failure is an increase."""


class ServiceMetrics(Collector):
    """Readiness, model version, the features' age, and how loading goes.

    Args:
        service: what is described.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        """The metrics of this moment; those of a missing model or snapshot are absent."""
        contents = self._service.memory.contents
        yield _gauge("quantity_ready", "Whether predictions can be answered.", contents.pair is not None)
        if contents.model is not None:
            yield from self._of_model(contents.model)
        if contents.snapshot is not None:
            yield from _of_snapshot(contents.snapshot)
        yield from self._of_loading()

    def _of_model(self, model: ModelInMemory) -> Iterator[Metric]:
        info = GaugeMetricFamily(
            "quantity_model_info", "The model version served.", labels=("name", "version", "alias")
        )
        info.add_metric((model.info.name, model.version, self._service.settings.model_alias), 1)
        yield info
        yield _gauge(
            "quantity_model_loaded_timestamp_seconds",
            "When the model was loaded, in seconds since 1970-01-01.",
            model.loaded_at.timestamp(),
        )

    def _of_loading(self) -> Iterator[Metric]:
        for name, (documentation, value) in BY_SOURCE.items():
            counter = CounterMetricFamily(name, documentation, labels=("source",))
            for part in PARTS:
                counter.add_metric((part,), value(self._service.source(part)))
            yield counter
        failing = GaugeMetricFamily(
            "quantity_reload_failing", "Whether what the source has cannot be loaded.", labels=("source",)
        )
        age = GaugeMetricFamily(
            "quantity_source_last_look_age_seconds",
            "Time since the source has last told the loader what it has.",
            labels=("source",),
        )
        for part in PARTS:
            failing.add_metric((part,), float(self._is_failing(part)))
            age.add_metric((part,), self._service.seconds_since_look(part))
        yield from (failing, age)
        yield _gauge(
            "quantity_local_copy_failing",
            "Whether the local copy cannot be written or read.",
            self._service.is_local_copy_failing(),
        )
        yield CounterMetricFamily("quantity_loader_starts", "Loaders started.", value=self._service.loader.starts)

    def _is_failing(self, part: str) -> bool:
        failure = self._service.source(part).failure
        # Before the first training there is nothing to load, which is no failure.
        return failure is not None and (failure.kind is Kind.ERROR or self._service.holds(part))


def _of_snapshot(snapshot: SnapshotInMemory) -> Iterator[Metric]:
    midnight = dt.datetime.combine(snapshot.info.as_of_date, dt.time(), tzinfo=dt.UTC).timestamp()
    yield _gauge(
        "quantity_features_as_of_timestamp_seconds",
        "Start of the features' as-of date, in seconds since 1970-01-01.",
        midnight,
    )
    yield _gauge("quantity_features_age_seconds", "Time since the features' as-of date began.", time.time() - midnight)


def _gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, value=float(value))
