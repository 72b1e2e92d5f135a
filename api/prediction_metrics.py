"""What was predicted, as metrics: all pairs of a request at once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
from prometheus_client import Counter, Histogram
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

from quantity.online.predictor import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prometheus_client import CollectorRegistry, Metric

    from quantity.online.predictor import Predictions

CASES_BUCKETS = (1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 96, 144)
PAIRS_BUCKETS = (1, 3, 10, 30, 100, 300, 1000, 3000, 10000)


class BulkHistogram(Collector):
    """A histogram that takes thousands of observations in one step.

    Args:
        name: of the metric.
        documentation: of the metric.
        buckets: upper bounds, ascending.
    """

    def __init__(self, name: str, documentation: str, buckets: Sequence[float]) -> None:
        self._name, self._documentation = name, documentation
        self._bounds = np.array(buckets, dtype=np.float64)
        self._labels = [*map(str, self._bounds.tolist()), "+Inf"]
        self._counts = np.zeros(len(self._labels), dtype=np.int64)
        self._sum = 0.0
        self._lock = threading.Lock()

    def observe(self, values: np.ndarray) -> None:
        """Count (n,) values."""
        counts = np.bincount(np.searchsorted(self._bounds, values), minlength=len(self._labels))
        total = float(values.sum())
        with self._lock:
            self._counts += counts
            self._sum += total

    def collect(self) -> Iterator[Metric]:
        """The counts so far."""
        with self._lock:
            cumulative, total = self._counts.cumsum().tolist(), self._sum
        family = HistogramMetricFamily(self._name, self._documentation)
        family.add_metric([], list(zip(self._labels, cumulative, strict=True)), total)
        yield family


class PredictionMetrics:
    """Answers by status and version, predicted cases, pairs per request.

    Args:
        registry: where they are collected.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._predictions = Counter(
            "quantity_predictions",
            "Pairs answered.",
            ("status", "model_version"),
            registry=registry,
        )
        self._pairs = Histogram(
            "quantity_request_pairs", "Pairs in a request.", buckets=PAIRS_BUCKETS, registry=registry
        )
        self._cases = BulkHistogram("quantity_predicted_cases", "Predicted cases of a pair.", CASES_BUCKETS)
        registry.register(self._cases)

    def observe(self, predictions: Predictions, model_version: str) -> None:
        """Count the answers to one request."""
        self._pairs.observe(len(predictions.status))
        self._cases.observe(predictions.answers.quantity)
        counts = np.bincount(predictions.status, minlength=len(STATUSES)).tolist()
        for status, count in zip(STATUSES, counts, strict=True):
            if count:
                self._predictions.labels(status, model_version).inc(count)
