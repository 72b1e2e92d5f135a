"""How good answers are: error, bias and ranges."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import mean_poisson_deviance

if TYPE_CHECKING:
    from collections.abc import Sequence

SMALLEST_MEAN = 1e-6
"""The Poisson deviance needs positive predictions."""


def wape(y: np.ndarray, predicted: np.ndarray) -> float:
    """Weighted absolute percentage error: the sum of absolute errors over the sum of quantities."""
    return float(np.abs(predicted - y).sum() / y.sum())


def bias(y: np.ndarray, predicted: np.ndarray) -> float:
    """Signed bias: what was predicted too much (or, negative, too little) as a share of the quantities."""
    return float((predicted - y).sum() / y.sum())


def score(y: np.ndarray, predicted: np.ndarray) -> float:
    """WAPE + |bias|: the score of the VN1 forecasting challenge. Lower is better."""
    return wape(y, predicted) + abs(bias(y, predicted))


@dataclass(frozen=True)
class Metrics:
    """Metrics over some orders. Quantities are in cases; lower is better except for the hit rate.

    Attributes:
        score: WAPE + |bias|, the one that decides.
        wape: sum of absolute errors / sum of quantities.
        bias: signed sum of errors / sum of quantities.
        mae: mean absolute error, cases.
        rmse: root mean squared error, cases.
        hit_rate: share of answers that, rounded, are the quantity exactly.
        poisson_deviance: mean Poisson deviance.
        coverage: share of quantities inside the range; NaN without ranges.
        range_width: mean of high - low, cases; NaN without ranges.
    """

    score: float
    wape: float
    bias: float
    mae: float
    rmse: float
    hit_rate: float
    poisson_deviance: float
    coverage: float = float("nan")
    range_width: float = float("nan")

    def as_dict(self) -> dict[str, float]:
        """The metrics that there are, by name."""
        return {name: value for name, value in asdict(self).items() if not np.isnan(value)}


def evaluate(
    y: np.ndarray, predicted: np.ndarray, low: np.ndarray | None = None, high: np.ndarray | None = None
) -> Metrics:
    """Compare (n,) answers, and if given their ranges, with the (n,) quantities ordered."""
    error = predicted - y
    covered = width = float("nan")
    if low is not None and high is not None:
        covered, width = float(((low <= y) & (y <= high)).mean()), float((high - low).mean())
    return Metrics(
        score=score(y, predicted),
        wape=wape(y, predicted),
        bias=bias(y, predicted),
        mae=float(np.abs(error).mean()),
        rmse=float(np.sqrt(np.square(error).mean())),
        hit_rate=float((np.round(predicted) == y).mean()),
        poisson_deviance=float(mean_poisson_deviance(y, np.maximum(predicted, SMALLEST_MEAN))),
        coverage=covered,
        range_width=width,
    )


def mean_metrics(metrics: Sequence[Metrics]) -> Metrics:
    """The mean of each metric over some windows, each counting the same."""
    names = [field.name for field in fields(Metrics)]
    return Metrics(**{name: float(np.mean([getattr(one, name) for one in metrics])) for name in names})
