"""Histograms of many values at a time: adding them one by one costs as much as the work they measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prometheus_client.core import HistogramMetricFamily


class BulkHistogram:
    """The counts of one series.

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
