"""The level between median and upper quantile at which the answers add up to what is ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

LOWEST, HIGHEST = -0.5, 4.0
STEPS = 12

WINSOR = 10.0
"""An order counts as at most so many times its median: a single giant order says little of the next weeks."""


def winsorized_total(y: np.ndarray, median: np.ndarray) -> float:
    """What answers should add up to, from (n,) cases ordered and (n,) medians of log(cases)."""
    return float(np.minimum(y, np.exp(median) * WINSOR).sum())


def balanced(total_at: Callable[[float], float], target: float) -> float:
    """The level at which a total is reached, by bisection.

    Minimizing Σ|error| + |Σ error| asks the same quantile level of every order, at which the sum is unbiased.

    Args:
        total_at: the total of all answers by level, 0 for the median and 1 for the upper quantile; rising.
        target: the total wanted.

    Returns:
        The level, between `LOWEST` and `HIGHEST`.
    """
    low, high = LOWEST, HIGHEST
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if total_at(middle) < target else (low, middle)
    return (low + high) / 2
