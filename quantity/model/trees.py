"""Gradient-boosted trees for one quantile, fitted by scikit-learn."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


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
        with _bins_of_rows(self.regressor_):
            self.regressor_.fit(self._select(matrix), target, sample_weight=weight)
        return self

    def predict(self, matrix: np.ndarray) -> np.ndarray:
        """(n,) estimates."""
        predicted: np.ndarray = self.regressor_.predict(self._select(matrix))
        return predicted

    def _select(self, matrix: np.ndarray) -> np.ndarray:
        return matrix[:, self.columns_].astype(np.float64)


@contextmanager
def _bins_of_rows(regressor: HistGradientBoostingRegressor) -> Iterator[None]:
    """Cut bins without weights, as unweighted fits do.

    scikit-learn 1.9 takes ten times as long for weighted bins as for the trees (scikit-learn pull request 34248).
    """
    cut = regressor._bin_data

    def unweighted(X: np.ndarray, sample_weight: np.ndarray | None, is_training_data: bool) -> np.ndarray:  # noqa: ARG001, FBT001 - as it is called
        binned: np.ndarray = cut(X, None, is_training_data)
        return binned

    regressor._bin_data = unweighted
    try:
        yield
    finally:
        del regressor._bin_data


LEAST_KNOWN = 1e-3
"""The share of rows in which a column must be known: scikit-learn bins a sample, and fails where it has no value."""
