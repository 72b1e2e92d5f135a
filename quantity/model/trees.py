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
        regressor = _BinnedByRows(loss="quantile", quantile=self.level, **self.parameters)
        self.regressor_ = regressor.fit(self._select(matrix), target, sample_weight=weight).as_fitted()
        return self

    def predict(self, matrix: np.ndarray) -> np.ndarray:
        """(n,) estimates."""
        predicted: np.ndarray = self.regressor_.predict(self._select(matrix))
        return predicted

    def _select(self, matrix: np.ndarray) -> np.ndarray:
        return matrix[:, self.columns_].astype(np.float64)


LEAST_KNOWN = 1e-3
"""The share of rows in which a column must be known: scikit-learn bins a sample, and fails where it has no value."""


class _BinnedByRows(HistGradientBoostingRegressor):  # type: ignore[misc]  # scikit-learn has no types
    """Cuts bins without weights, as an unweighted fit does.

    scikit-learn 1.9 takes ten times as long for weighted bins as for the trees (scikit-learn pull request 34248).
    """

    def _bin_data(self, X: np.ndarray, sample_weight: object, is_training_data: bool) -> np.ndarray:  # noqa: ARG002, FBT001 - scikit-learn's
        binned: np.ndarray = super()._bin_data(X, None, is_training_data)
        return binned

    def as_fitted(self) -> HistGradientBoostingRegressor:
        """The regressor under scikit-learn's own name, which model files and compilers know."""
        self.__class__ = HistGradientBoostingRegressor
        return self
