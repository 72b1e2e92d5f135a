"""Gradient-boosted trees, fitted by scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Objective:
    """What an ensemble estimates.

    Attributes:
        loss: scikit-learn's name of the loss.
        quantile: the quantile's level, with the loss ``quantile``.
        jitter: whether to spread each count over the unit interval below it. Ties of small counts stall the
            pinball loss; spread out, the quantile of the count is the ceiling of the estimate (Machado &
            Santos Silva 2005, "Quantiles for Counts").
    """

    loss: str
    quantile: float | None = None
    jitter: bool = False


class Trees:
    """One ensemble over the columns that carry any information.

    Args:
        objective: what to estimate.
        parameters: of scikit-learn's `HistGradientBoostingRegressor`.
    """

    def __init__(self, objective: Objective, parameters: Mapping[str, object]) -> None:
        self.objective = objective
        self.parameters = dict(parameters)

    def fit(self, matrix: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Trees:
        """Fit to (n, k) features, NaN where missing, and (n,) positive counts."""
        self.columns_ = np.flatnonzero(np.any(~np.isnan(matrix), axis=0))
        target = y - rng.random(len(y)) if self.objective.jitter else y
        self.regressor_ = HistGradientBoostingRegressor(
            loss=self.objective.loss, quantile=self.objective.quantile, **self.parameters
        ).fit(self._select(matrix), target)
        return self

    def predict(self, matrix: np.ndarray) -> np.ndarray:
        """(n,) estimates."""
        predicted: np.ndarray = self.regressor_.predict(self._select(matrix))
        return predicted

    @property
    def log_link(self) -> bool:
        """Whether the trees' sum is the logarithm of the estimate."""
        return self.objective.loss == "poisson"

    def _select(self, matrix: np.ndarray) -> np.ndarray:
        return matrix if len(self.columns_) == matrix.shape[1] else matrix[:, self.columns_]
