"""Gradient-boosted trees: fitted by scikit-learn, evaluated by treelite where latency counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import treelite
from sklearn.ensemble import HistGradientBoostingRegressor

if TYPE_CHECKING:
    from collections.abc import Mapping

TREELITE_THREADS = 1
"""Requests run side by side; one of them must not take every core."""


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
        """(n,) estimates by scikit-learn: the faster one for hundreds of thousands of rows."""
        predicted: np.ndarray = self.regressor_.predict(self._select(matrix))
        return predicted

    def compiled(self) -> CompiledTrees:
        """The same ensemble for small batches."""
        model = treelite.sklearn.import_model(self.regressor_)
        return CompiledTrees(model, self.columns_, log_link=self.objective.loss == "poisson")

    def _select(self, matrix: np.ndarray) -> np.ndarray:
        return matrix if len(self.columns_) == matrix.shape[1] else matrix[:, self.columns_]


class CompiledTrees:
    """An ensemble in treelite's form; it can be neither pickled nor fitted.

    Args:
        model: treelite's model.
        columns: the columns of the feature matrix that it reads.
        log_link: whether its margin is the logarithm of the estimate.
    """

    def __init__(self, model: treelite.Model, columns: np.ndarray, *, log_link: bool) -> None:
        self._model = model
        self._columns = columns
        self._log_link = log_link

    def predict(self, matrix: np.ndarray) -> np.ndarray:
        """(n,) estimates, those of `Trees.predict` to within 1e-12 of their size."""
        rows = np.ascontiguousarray(matrix[:, self._columns])
        margin: np.ndarray = treelite.gtil.predict(
            self._model, rows, nthread=TREELITE_THREADS, pred_margin=True
        ).reshape(-1)
        return np.exp(margin) if self._log_link else margin
