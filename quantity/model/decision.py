"""From an estimate to a number of cases: the rule, and its choice on a calibration window."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product as every_combination
from typing import TYPE_CHECKING

from quantity.model.metrics import score
from quantity.model.packs import PackQuantities

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

PACK_SHARES = (0.02, 0.05, 0.10, 2.0)
"""Shares of a product's orders that make a quantity a pack; above 1 there are no packs at all."""

MEAN_WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
THRESHOLDS = tuple(step / 20 for step in range(15))


@dataclass(frozen=True)
class DecisionRule:
    """Blends the mean and the upper median, then rounds to a pack or a whole number.

    The error alone favours the median, the bias alone the mean; the best whole number for their sum lies
    in between, and where depends on the data.

    Attributes:
        mean_weight: the mean's share of the estimate, 0 to 1.
        threshold: how far towards the upper candidate an estimate must be to go up, 0 to 1.
        pack_share: which of `PACK_SHARES` makes a pack.
    """

    mean_weight: float = 0.5
    threshold: float = 0.5
    pack_share: float = PACK_SHARES[-1]

    def decide(
        self,
        mean: np.ndarray,
        median: np.ndarray,
        product_id: np.ndarray,
        packs: Mapping[float, PackQuantities],
    ) -> np.ndarray:
        """(n,) whole numbers of cases, at least 1, as float64."""
        estimate = self.mean_weight * mean + (1 - self.mean_weight) * median
        return packs[self.pack_share].snap(product_id, estimate, self.threshold)


def learn_packs(product_id: np.ndarray, y: np.ndarray) -> dict[float, PackQuantities]:
    """The packs of (n,) orders for every share a rule can choose."""
    return {share: PackQuantities(share).fit(product_id, y) for share in PACK_SHARES}


def best_rule(
    y: np.ndarray,
    mean: np.ndarray,
    median: np.ndarray,
    product_id: np.ndarray,
    packs: Mapping[float, PackQuantities],
) -> DecisionRule:
    """The rule with the lowest score on these (n,) calibration orders."""
    rules = [DecisionRule(*choice) for choice in every_combination(MEAN_WEIGHTS, THRESHOLDS, PACK_SHARES)]
    return min(rules, key=lambda rule: score(y, rule.decide(mean, median, product_id, packs)))
