"""What was predicted, as metrics."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from quantity.online.statuses import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prometheus_client import CollectorRegistry, Metric

    from quantity.online.predictor import Predictions

CASES_BUCKETS = (1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 96, 144)
PAIRS_BUCKETS = (1, 3, 10, 30, 100, 300, 1000, 3000, 10000)

PENDING_PAIRS = 1000
"""Requests are counted together, up to so many pairs: counting a small one alone would cost as much as answering it."""


class PredictionMetrics(Collector):
    """Answers by status and version, predicted cases, pairs per request.

    Args:
        registry: where they are collected.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._lock = threading.Lock()
        self._pending: list[tuple[Predictions, str]] = []
        self._pending_pairs = 0
        self._answers: Counter[tuple[str, str]] = Counter()
        self._pairs, self._cases = BulkHistogram(PAIRS_BUCKETS), BulkHistogram(CASES_BUCKETS)
        registry.register(self)

    def observe(self, predictions: Predictions, model_version: str) -> None:
        """Count the answers to one request."""
        with self._lock:
            self._pending.append((predictions, model_version))
            self._pending_pairs += len(predictions.status)
            if self._pending_pairs >= PENDING_PAIRS:
                self._count()

    def collect(self) -> Iterator[Metric]:
        """The counts so far, with those of the last request."""
        answers = CounterMetricFamily("quantity_predictions", "Pairs answered.", labels=("status", "model_version"))
        pairs = HistogramMetricFamily("quantity_request_pairs", "Pairs in a request.")
        cases = HistogramMetricFamily("quantity_predicted_cases", "Predicted cases of a pair.")
        with self._lock:
            self._count()
            for labels, count in self._answers.items():
                answers.add_metric(labels, count)
            self._pairs.add_to(pairs)
            self._cases.add_to(cases)
        yield from (answers, pairs, cases)

    def _count(self) -> None:
        pending, self._pending, self._pending_pairs = self._pending, [], 0
        if not pending:
            return
        self._pairs.observe(np.array([len(predictions.status) for predictions, _ in pending]))
        quantity = np.concatenate([predictions.quantity for predictions, _ in pending])
        self._cases.observe(quantity[quantity > 0])
        for version in {version for _, version in pending}:
            status = np.concatenate([predictions.status for predictions, of in pending if of == version])
            counts = np.bincount(status, minlength=len(STATUSES)).tolist()
            self._answers.update({(STATUSES[s], version): count for s, count in enumerate(counts) if count})


class BulkHistogram:
    """A histogram of many values at a time: adding them one by one costs as much as the work they measure.

    Args:
        buckets: upper bounds, ascending.
    """

    def __init__(self, buckets: Sequence[float]) -> None:
        self._bounds = np.array(buckets, dtype=np.float64)
        self._labels = [*map(str, self._bounds.tolist()), "+Inf"]
        self._counts = np.zeros(len(self._labels), dtype=np.int64)
        self._sum = 0.0

    def observe(self, values: np.ndarray) -> None:
        """Count (n,) values."""
        self._counts += np.bincount(np.searchsorted(self._bounds, values), minlength=len(self._labels))
        self._sum += float(values.sum())

    def add_to(self, family: HistogramMetricFamily, labels: Sequence[str] = ()) -> None:
        """Add the counts so far to a metric."""
        cumulative = self._counts.cumsum().tolist()
        family.add_metric(labels, list(zip(self._labels, cumulative, strict=True)), self._sum)
