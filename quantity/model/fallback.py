"""Where a baseline answers better than the trees, it answers, or pulls the answer towards its own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product as every_combination
from typing import TYPE_CHECKING

import numpy as np

from quantity.model.baselines import BASELINES
from quantity.model.history import HISTORY_LENGTHS
from quantity.model.segments import SHAPE, SIZES, segments, size_group

if TYPE_CHECKING:
    from quantity.model.estimates import Outcomes

WEIGHTS = (0.25, 0.5, 0.75, 1.0)
MIN_ORDERS = 100
CERTAINTY = 3.0
"""How many standard errors a baseline has to be better by."""


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
    def choose(cls, outcomes: Outcomes, estimate: np.ndarray, level: float) -> Fallback:
        """Compare the trees with the baselines, segment by segment.

        The loss is the pinball loss of the level that the estimate is for: an answer that is best in it has the
        least sum of absolute errors that its bias allows.

        Args:
            outcomes: orders that the trees had not seen.
            estimate: (n,) the trees' estimates for them, cases.
            level: the level of the estimate.
        """
        chosen = cls.none()
        y, baselines = outcomes.y, outcomes.estimates.baselines
        loss = pinball(y, estimate, level)
        for segment, mask in segments(outcomes.estimates.history, size_group(estimate), MIN_ORDERS):
            best = 0.0
            for index, weight in every_combination(range(len(BASELINES)), WEIGHTS):
                blended = blend(estimate[mask], baselines[mask, index], weight)
                gain = loss[mask] - pinball(y[mask], blended, level)
                certain = gain.mean() - CERTAINTY * gain.std() / np.sqrt(max(len(gain), 1)) if len(gain) else 0.0
                if certain > best:
                    best = certain
                    chosen.baseline[segment], chosen.weight[segment] = index, weight
        return chosen

    def apply(self, estimate: np.ndarray, history: np.ndarray, baselines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n,) estimates pulled towards the baselines, and whether the baseline alone answers."""
        segment = history, size_group(estimate)
        weight = self.weight[segment]
        of_baseline = baselines[np.arange(len(estimate)), self.baseline[segment]]
        return np.where(weight > 0, blend(estimate, of_baseline, weight), estimate), weight >= 1

    def describe(self) -> list[str]:
        """The segments that lean on a baseline, in words."""
        names = list(BASELINES)
        return [
            f"{HISTORY_LENGTHS[i]} history, {SIZES[j]} cases: {names[self.baseline[i, j]]} by {self.weight[i, j]:.0%}"
            for i, j in zip(*np.nonzero(self.weight), strict=True)
        ]


def blend(estimate: np.ndarray, baseline: np.ndarray, weight: np.ndarray | float) -> np.ndarray:
    """(n,) weighted geometric means of estimates and baselines."""
    blended: np.ndarray = np.exp((1 - weight) * np.log(estimate) + weight * np.log(baseline))
    return blended


def pinball(y: np.ndarray, estimate: np.ndarray, level: float) -> np.ndarray:
    """(n,) twice the pinball loss: the absolute error at the level 0.5."""
    missing = y - estimate
    return 2 * np.maximum(level * missing, (level - 1) * missing)
