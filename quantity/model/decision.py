"""From estimates to whole cases: an unbiased number, a typical one, and a range."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from quantity.model.balance import balanced, winsorized_total
from quantity.model.estimates import joined
from quantity.model.fallback import Fallback, best_baseline, whole
from quantity.model.metrics import score, wape
from quantity.model.ranges import moved_offsets, offsets_by_segment, outside
from quantity.model.segments import SHAPE, size_group

if TYPE_CHECKING:
    from quantity.model.estimates import Estimates, Outcomes
    from quantity.model.packs import PackQuantities

MEDIAN_LEVEL = 0.5

USUAL_WITHIN = 0.3
"""How far, as a log ratio, a typical quantity may lie from the pair's usual one to become it."""

USUAL_SHARE = 0.3
"""The share of the pair's orders that makes a quantity its usual one."""

MOST_CASES = 2.0**31 - 1
"""The largest whole number of the tables."""


@dataclass(frozen=True)
class Answers:
    """Answers to n questions, in cases.

    Attributes:
        quantity: (n,) whole numbers, at least 1: unbiased in sums, for planning.
        typical: (n,) whole numbers, at least 1: the median, most often exactly right, for pre-filling a cart.
        low: (n,) lower end of the range, at least 1, at most ``quantity`` and ``typical``.
        high: (n,) upper end of the range, at least ``quantity`` and ``typical``.
    """

    quantity: np.ndarray
    typical: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class DecisionRule:
    """What is made of the estimates.

    Attributes:
        rise: how far the unbiased level lies from the median (0) towards the upper quantile (1).
        quantity_fallback, typical_fallback: where baselines answer.
        offsets: `SHAPE` how far the range's ends move out, log ratios.
    """

    rise: float = 0.0
    quantity_fallback: Fallback = field(default_factory=Fallback.none)
    typical_fallback: Fallback = field(default_factory=Fallback.none)
    offsets: np.ndarray = field(default_factory=lambda: np.zeros(SHAPE))

    @classmethod
    def of_baselines(cls) -> DecisionRule:
        """The rule where orders have no history to learn one from: the baselines answer alone."""
        return cls(
            quantity_fallback=Fallback.alone("product mean"), typical_fallback=Fallback.alone("median of the pair")
        )

    def answer(self, estimates: Estimates, packs: PackQuantities) -> Answers:
        """The answers to n orders."""
        quantity, typical = self.quantity(estimates, packs), self.typical(estimates, packs)
        offset = self.offsets[estimates.history, size_group(quantity)]
        low = np.floor(_cases(estimates.low - offset) + 0.5)
        high = np.floor(_cases(estimates.high + offset) + 0.5)
        return Answers(
            quantity=quantity.astype(np.int64),
            typical=typical.astype(np.int64),
            low=np.maximum(np.minimum(low, np.minimum(quantity, typical)), 1).astype(np.int64),
            high=np.maximum(high, np.maximum(quantity, typical)).astype(np.int64),
        )

    def leaning(self) -> list[str]:
        """Where baselines answer, in words."""
        uses = {"quantity": self.quantity_fallback, "typical": self.typical_fallback}
        return [f"{use}: {where}" for use, fallback in uses.items() for where in fallback.describe()]

    def quantity(self, estimates: Estimates, packs: PackQuantities) -> np.ndarray:
        """(n,) unbiased numbers of cases, float64."""
        estimate = _cases(estimates.median + self.rise * (estimates.upper - estimates.median))
        leaning, alone = self.quantity_fallback.apply(estimate, estimates.history, estimates.baselines)
        return np.where(alone, whole(leaning), packs.snap(estimates.product_id, leaning))

    def typical(self, estimates: Estimates, packs: PackQuantities) -> np.ndarray:
        """(n,) typical numbers of cases, float64."""
        median = _cases(estimates.median)
        leaning, alone = self.typical_fallback.apply(median, estimates.history, estimates.baselines)
        with np.errstate(invalid="ignore"):
            is_usual = (np.abs(np.log(leaning) - np.log(estimates.usual)) < USUAL_WITHIN) & (
                estimates.usual_share >= USUAL_SHARE
            )
        snapped = packs.snap(estimates.product_id, leaning)
        return np.where(alone, whole(leaning), np.where(is_usual, estimates.usual, snapped))


def learn_rule(
    recent: Outcomes, unseen: Outcomes | None, orders: int, packs: PackQuantities, *, levels: Levels, coverage: float
) -> DecisionRule:
    """Learn the rule.

    Args:
        recent: the newest orders that the trees were fitted to.
        unseen: orders that the trees that estimated them had not seen; None: there are none.
        orders: how many orders the trees were fitted to.
        packs: the packs of the products.
        levels: of the median and of the upper quantile.
        coverage: the share of orders that the range is to cover.
    """
    everything = recent if unseen is None else joined([recent, unseen])
    rule = DecisionRule(
        quantity_fallback=Fallback.smooth(everything, score, orders),
        typical_fallback=Fallback.smooth(everything, wape, orders),
    )
    rule = _balance(rule, everything, packs)
    if unseen is None or not len(unseen):
        return rule
    median, upper = unseen.estimates.median, unseen.estimates.upper
    level = min(max(levels.median + rule.rise * (levels.upper - levels.median), levels.median), levels.highest)
    risen = median + rule.rise * (upper - median)
    rule = replace(
        rule,
        quantity_fallback=rule.quantity_fallback.corrected(unseen, _cases(risen), level),
        typical_fallback=rule.typical_fallback.corrected(unseen, _cases(median), levels.median),
    )
    if rule.quantity_fallback.weight.any():
        rule = _balance(rule, everything, packs)
    quantity, typical = rule.quantity(unseen.estimates, packs), rule.typical(unseen.estimates, packs)
    rule = replace(
        rule,
        quantity_fallback=rule.quantity_fallback.beaten(
            unseen, score, quantity, best_baseline(everything, score), orders
        ),
        typical_fallback=rule.typical_fallback.beaten(unseen, wape, typical, best_baseline(everything, wape), orders),
    )
    return replace(rule, offsets=_offsets(rule, unseen, packs, coverage))


def recalibrated_rule(rule: DecisionRule, unseen: Outcomes, packs: PackQuantities, coverage: float) -> DecisionRule:
    """The rule with a range that follows newer orders; ``quantity`` and ``typical`` stay as they are.

    Args:
        rule: as it was learned.
        unseen: newer orders, which neither the trees nor the rule have seen.
        packs: the packs of the products.
        coverage: the share of orders that the range is to cover.
    """
    return replace(rule, offsets=moved_offsets(rule.offsets, *_distances(rule, unseen, packs), coverage))


@dataclass(frozen=True)
class Levels:
    """The levels of the quantiles that the answers lie between."""

    median: float
    upper: float
    highest: float


def _balance(rule: DecisionRule, outcomes: Outcomes, packs: PackQuantities) -> DecisionRule:
    def total_at(rise: float) -> float:
        return float(replace(rule, rise=rise).quantity(outcomes.estimates, packs).sum())

    target = winsorized_total(outcomes.y, outcomes.estimates.median)
    return replace(rule, rise=balanced(total_at, target))


def _offsets(rule: DecisionRule, outcomes: Outcomes, packs: PackQuantities, coverage: float) -> np.ndarray:
    return offsets_by_segment(*_distances(rule, outcomes, packs), coverage)


def _distances(
    rule: DecisionRule, outcomes: Outcomes, packs: PackQuantities
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n,) how far each order lies outside its range without an offset, its history length and its answer's size."""
    estimates, y = outcomes.estimates, outcomes.y
    answers = rule.answer(estimates, packs)
    distance = outside(y, estimates.low, estimates.high)
    inside = (np.minimum(answers.quantity, answers.typical) <= y) & (y <= np.maximum(answers.quantity, answers.typical))
    distance[inside] = -np.inf
    return distance, estimates.history, size_group(answers.quantity)


def _cases(log_cases: np.ndarray) -> np.ndarray:
    cases: np.ndarray = np.exp(np.minimum(log_cases, np.log(MOST_CASES)))
    return cases
