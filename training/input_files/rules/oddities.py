"""Values that keep every rule and still look like errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

TIMES_USUAL: Final = 1_000
"""A quantity that is so many times the product's median looks odd."""

HUGE: Final = 1_000_000
"""A quantity of so many cases in one line looks odd whatever the product."""

_LONGEST_PAUSE = 28
_PAUSES = 10
_FEWEST_DAYS = 3
_FEWEST_LINES = 100


def giants(product: Ints, quantity: Ints) -> Ints:
    """The rows whose quantity is at least 1,000 times the median of their product's."""
    large = np.flatnonzero(quantity >= TIMES_USUAL)
    if not len(large):
        return large
    rows = np.flatnonzero(np.isin(product, product[large]))
    usual = pd.Series(quantity[rows]).groupby(product[rows]).median()
    medians = usual.reindex(product[large]).to_numpy()
    return large[quantity[large] >= TIMES_USUAL * medians]


def is_constant(quantity: Ints) -> bool:
    """Whether so many lines have one quantity that it is none."""
    return len(quantity) >= _FEWEST_LINES and int(quantity.min()) == int(quantity.max())


def distinct_days(day: Ints) -> Ints:
    """The days that occur in (n,) days, ascending; they span some centuries at most."""
    if not len(day):
        return day
    first = day.min()
    days: Ints = np.flatnonzero(np.bincount(day - first)) + first
    return days


def lonely_ends(days: Ints) -> list[tuple[int, int]]:
    """The first and the last day, if it stands far from all others.

    Far is more than 28 days and more than 10 times the usual step between days with orders.

    Args:
        days: the days with orders, ascending, since 1970-01-01.

    Returns:
        The day and its distance in days to the next one, negative to those before it.
    """
    if len(days) < _FEWEST_DAYS:
        return []
    steps = np.diff(days)
    far = max(_LONGEST_PAUSE, _PAUSES * float(np.median(steps)))
    ends = [(int(days[0]), int(steps[0])), (int(days[-1]), -int(steps[-1]))]
    return [(end, distance) for end, distance in ends if abs(distance) > far]
