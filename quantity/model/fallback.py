"""Where a baseline answers better than the trees, it answers, or pulls the answer towards its own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product as every_combination
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from quantity.model.baselines import BASELINES
from quantity.model.history import HISTORY_LENGTHS
from quantity.model.segments import SHAPE, SIZES, segments, size_group

if TYPE_CHECKING:
    from collections.abc import Callable

    from quantity.model.estimates import Outcomes

    Loss: TypeAlias = Callable[[np.ndarray, np.ndarray], float]

WEIGHTS = (0.25, 0.5, 0.75, 1.0)
NO_BASELINE = (0, 0.0)
"""The first one, without weight."""

MIN_ORDERS = 100
CERTAINTY = 3.0
"""How many standard errors a baseline has to be better by."""

ORDERS_OF_A_BASELINE = 3_000
"""With so many orders to fit to, trees and baseline count the same."""

MARGIN = 0.05
"""By so much of the loss trees that were fitted to next to nothing must beat a baseline to answer at all."""

LEAST_WEIGHT = 0.05
"""A baseline that counts less is left out."""


@dataclass(frozen=True)
class Fallback:
    """Which baseline each segment leans on, and how much.

    Attributes:
        baseline: `SHAPE` index into `BASELINES`.
        weight: `SHAPE` share of the baseline's logarithm in the answer's: 0 is the trees alone, 1 the baseline.
    """

    baseline: np.ndarray
    weight: np.ndarray

    @classmethod
    def none(cls) -> Fallback:
        """The trees alone."""
        return cls(np.zeros(SHAPE, dtype=np.int64), np.zeros(SHAPE))

    @classmethod
    def alone(cls, baseline: str) -> Fallback:
        """A baseline everywhere, by its name in `BASELINES`."""
        return cls(np.full(SHAPE, list(BASELINES).index(baseline), dtype=np.int64), np.ones(SHAPE))

    @classmethod
    def smooth(cls, outcomes: Outcomes, loss: Loss, orders: int) -> Fallback:
        """The less there was to fit trees to, the more the best baseline counts, in every segment.

        Args:
            outcomes: orders to compare the baselines on; they are fitted to nothing.
            loss: of (n,) cases ordered and answers.
            orders: how many orders the trees were fitted to.
        """
        weight = _share_of_baseline(orders)
        if weight < LEAST_WEIGHT:
            return cls.none()
        return cls(np.full(SHAPE, best_baseline(outcomes, loss), dtype=np.int64), np.full(SHAPE, weight))

    def corrected(self, outcomes: Outcomes, estimate: np.ndarray, level: float) -> Fallback:
        """The same, with other baselines and weights in the segments where they are clearly better.

        The loss is the pinball loss of the level that the estimate is for: an answer that is best in it has the
        least sum of absolute errors that its bias allows.

        Args:
            outcomes: orders that the trees had not seen.
            estimate: (n,) the trees' estimates for them, cases.
            level: the level of the estimate.
        """
        chosen = Fallback(self.baseline.copy(), self.weight.copy())
        if len(outcomes) < MIN_ORDERS:
            return chosen
        y, baselines = outcomes.y, outcomes.estimates.baselines
        leaning, _ = self.apply(estimate, outcomes.estimates.history, baselines)
        loss = pinball(y, whole(leaning), level)
        for segment, mask in segments(outcomes.estimates.history, size_group(estimate), MIN_ORDERS):
            best = 0.0
            for index, weight in [NO_BASELINE, *every_combination(range(len(BASELINES)), WEIGHTS)]:
                blended = blend(estimate[mask], baselines[mask, index], weight)
                gain = loss[mask] - pinball(y[mask], whole(blended), level)
                certain = gain.mean() - CERTAINTY * gain.std() / np.sqrt(len(gain))
                if certain > best:
                    best = certain
                    chosen.baseline[segment], chosen.weight[segment] = index, weight
        return chosen

    def beaten(self, outcomes: Outcomes, loss: Loss, answers: np.ndarray, best: int, orders: int) -> Fallback:
        """The same, or a baseline everywhere, if it did better on all orders together.

        With little to fit to, the trees have to prove themselves: they must be better by `MARGIN` at most. With much,
        it takes `MIN_ORDERS` orders to tell.

        Args:
            outcomes: orders that the trees had not seen.
            loss: of (n,) cases ordered and answers.
            answers: (n,) the answers to them.
            best: the baseline to compare with, chosen on as many orders as there are.
            orders: how many orders the trees were fitted to.
        """
        share = _share_of_baseline(orders)
        is_told = len(outcomes) >= MIN_ORDERS * (1 - share)
        least = loss(outcomes.y, whole(outcomes.estimates.baselines[:, best]))
        if not is_told or loss(outcomes.y, answers) + MARGIN * share <= least:
            return self
        return Fallback(np.full(SHAPE, best, dtype=np.int64), np.ones(SHAPE))

    def apply(self, estimate: np.ndarray, history: np.ndarray, baselines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n,) estimates pulled towards the baselines, and whether the baseline alone answers."""
        segment = history, size_group(estimate)
        weight = self.weight[segment]
        of_baseline = baselines[np.arange(len(estimate)), self.baseline[segment]]
        return np.where(weight > 0, blend(estimate, of_baseline, weight), estimate), weight >= 1

    def describe(self) -> list[str]:
        """The segments that lean on a baseline, in words."""
        sizes: dict[tuple[int, int, float], list[str]] = {}
        for i, j in zip(*np.nonzero(self.weight), strict=True):
            leaning = int(i), int(self.baseline[i, j]), float(self.weight[i, j])
            sizes.setdefault(leaning, []).append(SIZES[j])
        names = list(BASELINES)
        if len({leaning[1:] for leaning in sizes}) == 1 and self.weight.all():
            ((_, baseline, weight), *_) = sizes
            return [f"all orders: {names[baseline]} by {weight:.0%}"]
        return [
            f"{HISTORY_LENGTHS[history]} history, {', '.join(of)} cases: {names[baseline]} by {weight:.0%}"
            for (history, baseline, weight), of in sizes.items()
        ]


def _share_of_baseline(orders: int) -> float:
    return ORDERS_OF_A_BASELINE / (ORDERS_OF_A_BASELINE + orders)


def best_baseline(outcomes: Outcomes, loss: Loss) -> int:
    """The index of the baseline with the least loss. Baselines are fitted to nothing: any orders may be compared."""
    return int(np.argmin([loss(outcomes.y, whole(answer)) for answer in outcomes.estimates.baselines.T]))


def blend(estimate: np.ndarray, baseline: np.ndarray, weight: np.ndarray | float) -> np.ndarray:
    """(n,) weighted geometric means of estimates and baselines; by the weight 1 the baseline to the bit."""
    blended = np.exp((1 - weight) * np.log(estimate) + weight * np.log(baseline))
    return np.where(np.asarray(weight) >= 1, baseline, blended)


def whole(estimate: np.ndarray) -> np.ndarray:
    """(n,) the nearest whole numbers of cases, at least 1."""
    rounded: np.ndarray = np.maximum(np.floor(estimate + 0.5), 1.0)
    return rounded


def pinball(y: np.ndarray, estimate: np.ndarray, level: float) -> np.ndarray:
    """(n,) twice the pinball loss: the absolute error at the level 0.5."""
    missing = y - estimate
    loss: np.ndarray = 2 * np.maximum(level * missing, (level - 1) * missing)
    return loss
