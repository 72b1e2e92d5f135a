"""Live metrics: how good answers were, of the sums that `prediction_outcomes` and `store_outcomes` keep."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

from quantity.db.monitoring_tables import BASELINE_PREFIXES, SUMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class LiveMetrics:
    """How good answers were, over the orders that came of them; the formulas are those of `quantity.model.metrics`.

    Attributes:
        orders: how many orders there were. Without one, all that follows is NaN; without a case, what is a share of
            the cases.
        score: WAPE + |bias|; lower is better.
        wape: sum of absolute errors / cases ordered.
        bias: sum of errors, answered minus ordered / cases ordered.
        hit_rate: share of the orders whose answer was the quantity exactly.
        typical_hit_rate: the same of the typical number.
        coverage: share of the orders inside the range.
        range_width: mean of high - low, cases.
        matched_share: share of the answered pairs that were ordered; NaN where none was answered.
        baselines: by the name of each baseline, its score on the same orders.
    """

    orders: int
    score: float
    wape: float
    bias: float
    hit_rate: float
    typical_hit_rate: float
    coverage: float
    range_width: float
    matched_share: float
    baselines: dict[str, float]

    @property
    def best_baseline(self) -> tuple[str, float]:
        """Name and score of the baseline of the lowest score; the first one where there are no orders."""
        return min(self.baselines.items(), key=lambda baseline: baseline[1])


def added(rows: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The sums of some rows together, by the names of `SUMS`; zeros where there are no rows."""
    totals = dict.fromkeys(SUMS, 0.0)
    for row in rows:
        for name in SUMS:
            totals[name] += row[name]
    return totals


def live_metrics(sums: Mapping[str, float]) -> LiveMetrics:
    """The metrics of sums by the names of `SUMS`."""
    orders, cases = sums["orders"], sums["sum_quantity"]
    return LiveMetrics(
        orders=int(orders),
        score=_score(sums, "", cases),
        wape=_share(sums["sum_abs_error"], cases),
        bias=_share(sums["sum_error"], cases),
        hit_rate=_share(sums["hits"], orders),
        typical_hit_rate=_share(sums["typical_hits"], orders),
        coverage=_share(sums["covered"], orders),
        range_width=_share(sums["sum_range_width"], orders),
        matched_share=_share(orders, sums["predicted"]),
        baselines={name: _score(sums, f"{prefix}_", cases) for name, prefix in BASELINE_PREFIXES.items()},
    )


def _score(sums: Mapping[str, float], prefix: str, cases: float) -> float:
    return _share(sums[f"{prefix}sum_abs_error"] + abs(sums[f"{prefix}sum_error"]), cases)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else nan
