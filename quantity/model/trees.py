"""Gradient-boosted trees for one quantile, fitted by scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

if TYPE_CHECKING:
    from collections.abc import Mapping


class Trees:
    """One ensemble for a quantile of log(cases) above the base, over the columns that carry information.

    Args:
        level: the quantile's level, between 0 and 1.
        parameters: of scikit-learn's `HistGradientBoostingRegressor`.
    """

    def __init__(self, level: float, parameters: Mapping[str, object]) -> None:
        self.level = level
        self.parameters = dict(parameters)

    def fit(
        self, matrix: np.ndarray, target: np.ndarray, columns: np.ndarray, weight: np.ndarray | None = None
    ) -> Trees:
        """Fit to (n, k) rows, NaN where missing, and (n,) targets.

        Args:
            matrix: the rows.
            target: what to estimate the quantile of.
            columns: which of the k columns may be read.
            weight: (n,) how many rows each stands for; None: one.
        """
        # A column with one value at all, or next to none, has nothing to split at.
        known = np.sum(~np.isnan(matrix[:, columns]), axis=0)
        self.columns_ = columns[known > len(matrix) * LEAST_KNOWN]
        self.regressor_ = HistGradientBoostingRegressor(loss="quantile", quantile=self.level, **self.parameters)
        self.regressor_.fit(self._select(matrix), target, sample_weight=weight)
        return self

    def predict(self, matrix: np.ndarray) -> np.ndarray:
        """(n,) estimates."""
        predicted: np.ndarray = self.regressor_.predict(self._select(matrix))
        return predicted

    def _select(self, matrix: np.ndarray) -> np.ndarray:
        return matrix[:, self.columns_].astype(np.float64)


LEAST_KNOWN = 1e-3
"""The share of rows in which a column must be known: scikit-learn bins a sample, and fails where it has no value."""
