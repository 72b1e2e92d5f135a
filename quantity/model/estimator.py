"""The quantity model as one scikit-learn estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from quantity.features.definitions import FEATURES
from quantity.model.baselines import baseline_predictions
from quantity.model.decision import DecisionRule, Levels, learn_rule
from quantity.model.encoding import FeatureEncoder
from quantity.model.estimates import Estimates, Outcomes
from quantity.model.history import history_length
from quantity.model.packs import PackQuantities
from quantity.model.ranges import HALF_A_CASE
from quantity.model.row import DECLARED, recorded_row
from quantity.model.trees import Trees

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from quantity.model.decision import Answers
    from quantity.model.row import Row

ENSEMBLES = ("low", "median", "upper", "high")
"""From the lowest quantile to the highest."""

ROW_AS_DECLARED = DECLARED.record
"""A fitted model remembers it: trees read the row by position, and what its formulas make of it."""

MEDIAN = 0.5

ROWS_OF_HALF = 3_000
"""With so many rows half the trees are grown: more would learn the noise."""

KNOWN_LATER = {"low": 2.0, "median": 1.5, "upper": 1.5, "high": 1.5}
"""Of orders without any order before them, all on the first day, nothing is expected: their base is 0. What is later
expected counts their level for the product, and most of it once more for the store: so much of it the trees leave out,
and the range is rather too wide than too narrow."""

_BASE = DECLARED.at("base")
_COLUMNS = np.array([DECLARED.at(name) for name in FEATURES])


class QuantityModel(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """How many cases a store orders of a product, given that it orders it, with a range.

    Trees estimate quantiles of log(cases) above the ``base`` that the features expect; a rule makes whole cases
    and a range of them.

    Args:
        max_iter: trees an ensemble, fewer where there are few rows.
        learning_rate: shrinkage of each tree.
        max_leaf_nodes: leaves of each tree.
        min_samples_leaf: orders a leaf needs.
        max_features: share of the features that each split may choose from.
        upper_level: the level of the quantile above the median. The unbiased answer lies near it.
        coverage: the share of orders that the range is to cover.
        max_rows: at most so many of the latest rows fit the trees.
        balance_days: answers to the orders of so many days add up to what was ordered.
        pack_share: the share of a product's orders that makes a quantity one of its packs.
        random_state: seed.
    """

    def __init__(
        self,
        *,
        max_iter: int = 40,
        learning_rate: float = 0.2,
        max_leaf_nodes: int = 31,
        min_samples_leaf: int = 60,
        max_features: float = 0.3,
        upper_level: float = 0.7,
        coverage: float = 0.8,
        max_rows: int = 200_000,
        balance_days: int = 140,
        pack_share: float = 0.03,
        random_state: int = 0,
    ) -> None:
        self.max_iter = max_iter
        self.learning_rate = learning_rate
        self.max_leaf_nodes = max_leaf_nodes
        self.min_samples_leaf = min_samples_leaf
        self.max_features = max_features
        self.upper_level = upper_level
        self.coverage = coverage
        self.max_rows = max_rows
        self.balance_days = balance_days
        self.pack_share = pack_share
        self.random_state = random_state

    def fit(
        self,
        X: pd.DataFrame,
        y: np.ndarray,
        day: np.ndarray | None = None,
        unseen: Outcomes | None = None,
        *,
        on_progress: Callable[[str], None] = lambda _: None,
        sample_weight: np.ndarray | None = None,
    ) -> QuantityModel:
        """Grow the trees on orders in time order, then learn what to answer.

        Args:
            X: (n, `INPUTS`), oldest first.
            y: (n,) cases ordered, positive.
            day: (n,) days since 1970-01-01; None: all orders are recent.
            unseen: earlier orders, each estimated by a model that was fitted to those before it: the range and
                the use of baselines are learned from them. None: the range is as the trees have it.
            on_progress: called with the name of each ensemble when it is fitted.
            sample_weight: (n,) how many orders each stands for; None: one.
        """
        y = np.asarray(y, dtype=np.float64)
        self.packs_ = PackQuantities(self.pack_share).fit(X["product_id"].to_numpy(np.int64), y, sample_weight)
        X, y = X.iloc[-self.max_rows :], y[-self.max_rows :]
        weight = None if sample_weight is None else sample_weight[-self.max_rows :]
        self.row_ = ROW_AS_DECLARED
        self.encoder_ = FeatureEncoder().fit(X)
        matrix = self.encoder_.transform(X)
        # Ties of small counts stall the quantile loss; spread over the numbers that round to each count, its
        # quantile is the rounded estimate (Machado & Santos Silva 2005, "Quantiles for Counts").
        rng = np.random.default_rng(self.random_state)
        spread = y + HALF_A_CASE - rng.random(len(y))
        target = np.log(spread) - matrix[:, _BASE]
        is_all_first = not matrix[:, _BASE].any()
        known = float(np.median(target)) if is_all_first else 0.0
        self.ensembles_: dict[str, Trees] = {}
        for name, level in self.levels().items():
            self.ensembles_[name] = self._grow(level, matrix, target - KNOWN_LATER[name] * known, weight)
            on_progress(name)
        if is_all_first:
            self.rule_ = DecisionRule.of_baselines()
            return self
        recent = np.ones(len(y), dtype=bool) if day is None else day[-self.max_rows :] > day[-1] - self.balance_days
        if weight is not None:
            # A sample in which each order stands for as many.
            recent &= rng.random(len(y)) * weight.max() < weight
        self.rule_ = learn_rule(
            Outcomes(self._estimate(X[recent], matrix[recent]), y[recent]),
            unseen,
            len(y),
            self.packs_,
            levels=Levels(MEDIAN, self.upper_level, self.levels()["high"]),
            coverage=self.coverage,
        )
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """(n,) cases, whole and at least 1, for (n, `INPUTS`)."""
        return self.answer(X).quantity

    def answer(self, X: pd.DataFrame) -> Answers:
        """The answers with their ranges for (n, `INPUTS`)."""
        return self.decide(self.estimate(X))

    def decide(self, estimates: Estimates) -> Answers:
        """The answers that the rule makes of n estimates."""
        return self.rule_.answer(estimates, self.packs_)

    def estimate(self, X: pd.DataFrame) -> Estimates:
        """What the trees and the history say of (n, `INPUTS`); of the inputs of `row` where it is another one."""
        check_is_fitted(self)
        return self._estimate(X, self.encoder_.transform(X, self.row), self.row)

    @property
    def row(self) -> Row:
        """The row that it was fitted to.

        Raises:
            UnreadableRecordError: this program cannot make it.
        """
        return recorded_row(self.row_, self.encoder_.attributes)

    def _estimate(self, X: pd.DataFrame, matrix: np.ndarray, row: Row = DECLARED) -> Estimates:
        base = matrix[:, row.at("base")].astype(np.float64)
        quantiles = np.sort([self.ensembles_[name].predict(matrix) for name in ENSEMBLES], axis=0) + base
        low, median, upper, high = quantiles
        return Estimates(
            low=low,
            median=median,
            upper=upper,
            high=high,
            history=history_length(matrix[:, row.at("cnt_store_product")]),
            product_id=X["product_id"].to_numpy(np.int64),
            usual=matrix[:, row.at("qty_mode_store_product")].astype(np.float64),
            usual_share=matrix[:, row.at("qty_mode_share_store_product")].astype(np.float64),
            baselines=np.column_stack(list(baseline_predictions(X).values())).astype(np.float32).astype(np.float64),
        )

    def levels(self) -> dict[str, float]:
        """The level of the quantile that each ensemble estimates, by its name."""
        tail = (1 - self.coverage) / 2
        return {"low": tail, "median": MEDIAN, "upper": self.upper_level, "high": 1 - tail}

    def _grow(self, level: float, matrix: np.ndarray, target: np.ndarray, weight: np.ndarray | None) -> Trees:
        """The ensemble of one level, from (n, `ROW`), (n,) log(cases) above the base, and (n,) weights or None."""
        return Trees(level, self._tree_parameters(len(target))).fit(matrix, target, _COLUMNS, weight)

    def _tree_parameters(self, rows: int) -> dict[str, object]:
        return {
            "max_iter": max(round(self.max_iter * rows / (rows + ROWS_OF_HALF)), 1),
            "learning_rate": self.learning_rate,
            "max_leaf_nodes": self.max_leaf_nodes,
            "min_samples_leaf": self.min_samples_leaf,
            "max_features": self.max_features,
            "early_stopping": False,
            "random_state": self.random_state,
        }
