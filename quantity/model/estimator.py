"""The quantity model as one scikit-learn estimator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from quantity.features.definitions import FEATURES
from quantity.model.conformal import conformal_offset
from quantity.model.decision import DecisionRule, best_rule, learn_packs
from quantity.model.encoding import FeatureEncoder
from quantity.model.history import HISTORY_LENGTHS, history_length
from quantity.model.trees import Objective, Trees

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

_HISTORY = FEATURES.index("cnt_store_product")


@dataclass(frozen=True)
class Answers:
    """Answers to n questions, in cases.

    Attributes:
        quantity: (n,) whole numbers, at least 1.
        low: (n,) lower end of the range, at least 1, at most ``quantity``.
        high: (n,) upper end of the range, at least ``quantity``.
    """

    quantity: np.ndarray
    low: np.ndarray
    high: np.ndarray


class QuantityModel(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """How many cases a store orders of a product, given that it orders it, with a range.

    `fit` grows the trees, `calibrate` then sets the decision rule and the range's offsets on orders that
    come later than those of `fit`. Both may be given as ``fit(X, y, X_calibration, y_calibration)``.

    Args:
        max_iter: trees an ensemble.
        learning_rate: shrinkage of each tree.
        max_leaf_nodes: leaves of each tree.
        min_samples_leaf: orders a leaf needs.
        point_level: the level of the quantile beside the mean in the point estimate. With skewed
            quantities an answer without bias lies above the median.
        coverage: the share of orders that the range is to cover.
        range_rows: at most so many of the latest rows fit the range's ensembles.
        random_state: seed.
    """

    def __init__(
        self,
        *,
        max_iter: int = 60,
        learning_rate: float = 0.15,
        max_leaf_nodes: int = 31,
        min_samples_leaf: int = 100,
        point_level: float = 0.65,
        coverage: float = 0.8,
        range_rows: int = 300_000,
        random_state: int = 0,
    ) -> None:
        self.max_iter = max_iter
        self.learning_rate = learning_rate
        self.max_leaf_nodes = max_leaf_nodes
        self.min_samples_leaf = min_samples_leaf
        self.point_level = point_level
        self.coverage = coverage
        self.range_rows = range_rows
        self.random_state = random_state

    def fit(
        self,
        X: pd.DataFrame,
        y: np.ndarray,
        X_calibration: pd.DataFrame | None = None,
        y_calibration: np.ndarray | None = None,
        on_progress: Callable[[str], None] = lambda _: None,
    ) -> QuantityModel:
        """Fit to orders in time order.

        Args:
            X: (n, `INPUTS`), oldest first.
            y: (n,) cases ordered, positive.
            X_calibration: (m, `INPUTS`), orders later than those of ``X``.
            y_calibration: (m,) cases ordered.
            on_progress: called with the name of each ensemble when it is fitted.
        """
        y = np.asarray(y, dtype=np.float64)
        self.encoder_ = FeatureEncoder().fit(X)
        matrix = self.encoder_.transform(X)
        rng = np.random.default_rng(self.random_state)
        self.ensembles_: dict[str, Trees] = {}
        for name, objective in self.objectives().items():
            rows = slice(-self.range_rows, None) if name in ("low", "high") else slice(None)
            self.ensembles_[name] = Trees(objective, self._tree_parameters()).fit(matrix[rows], y[rows], rng)
            on_progress(name)
        self.packs_ = learn_packs(X["product_id"].to_numpy(np.int64), y)
        self.rule_ = DecisionRule()
        self.offsets_ = np.zeros(len(HISTORY_LENGTHS))
        if X_calibration is not None and y_calibration is not None:
            self.calibrate(X_calibration, y_calibration)
        return self

    def calibrate(self, X: pd.DataFrame, y: np.ndarray) -> QuantityModel:
        """Choose the decision rule and the range's offsets on (m, `INPUTS`) later orders."""
        check_is_fitted(self)
        y = np.asarray(y, dtype=np.float64)
        matrix, product_id = self.encoder_.transform(X), X["product_id"].to_numpy(np.int64)
        estimates = {name: trees.predict(matrix) for name, trees in self.ensembles_.items()}
        self.rule_ = best_rule(y, estimates["mean"], estimates["point"], product_id, self.packs_)
        length = history_length(matrix[:, _HISTORY])
        overall = conformal_offset(y, estimates["low"], estimates["high"], self.coverage)
        for index in range(len(HISTORY_LENGTHS)):
            of = length == index
            self.offsets_[index] = (
                conformal_offset(y[of], estimates["low"][of], estimates["high"][of], self.coverage)
                if of.any()
                else overall
            )
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """(n,) cases, whole and at least 1, for (n, `INPUTS`)."""
        return self.answer(X).quantity

    def answer(self, X: pd.DataFrame) -> Answers:
        """The answers with their ranges for (n, `INPUTS`)."""
        check_is_fitted(self)
        matrix, product_id = self.encoder_.transform(X), X["product_id"].to_numpy(np.int64)
        estimates = {name: trees.predict(matrix) for name, trees in self.ensembles_.items()}
        quantity = self.rule_.decide(estimates["mean"], estimates["point"], product_id, self.packs_)
        offset = self.offsets_[history_length(matrix[:, _HISTORY])]
        # Whole quantities lie in [low, high] exactly if they lie in [ceil(low), floor(high)].
        low = np.ceil(estimates["low"] - offset)
        high = np.floor(estimates["high"] + offset)
        return Answers(
            quantity=quantity.astype(np.int64),
            low=np.clip(low, 1, quantity).astype(np.int64),
            high=np.maximum(high, quantity).astype(np.int64),
        )

    def objectives(self) -> dict[str, Objective]:
        """What each ensemble estimates, by its name."""
        tail = (1 - self.coverage) / 2
        return {
            "mean": Objective("poisson"),
            "point": Objective("quantile", self.point_level, jitter=True),
            "low": Objective("quantile", tail, jitter=True),
            "high": Objective("quantile", 1 - tail, jitter=True),
        }

    def _tree_parameters(self) -> dict[str, object]:
        return {
            "max_iter": self.max_iter,
            "learning_rate": self.learning_rate,
            "max_leaf_nodes": self.max_leaf_nodes,
            "min_samples_leaf": self.min_samples_leaf,
            "early_stopping": False,
            "random_state": self.random_state,
        }
