"""Split by time: windows that follow each other, each tested by a model that knows only what was before it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import datetime as dt

WINDOW_DAYS = 28
"""Length of a window."""

SMALLEST_SHARE = 6
"""With less data each window is a sixth of the days covered."""

WINDOWS = 4
"""How many windows are tested by default."""

_BEFORE_TESTS = 3
"""Windows' lengths that are not tested: two to train on at least, and one to calibrate on."""


class TooFewDaysError(ValueError):
    """The orders do not cover enough days to split."""


@dataclass(frozen=True)
class Window:
    """Consecutive days: from ``start``, and before ``end``."""

    start: dt.date
    end: dt.date

    def mask(self, date: np.ndarray) -> np.ndarray:
        """(n,) mask of (n,) dates (``datetime64``)."""
        day = date.astype("datetime64[D]")
        within: np.ndarray = (day >= np.datetime64(self.start)) & (day < np.datetime64(self.end))
        return within


def split_by_time(date: np.ndarray, windows: int = WINDOWS) -> tuple[Window, ...]:
    """The windows of (n,) checkout dates (``datetime64``), oldest first: one to calibrate on, the others to test on.

    The newest ends with the last order. There are fewer than ``windows`` to test on where the dates do not cover
    as many.

    Raises:
        TooFewDaysError: a window, or the time before the first, would be empty.
    """
    day = date.astype("datetime64[D]")
    first, last = (day.min(), day.max()) if len(day) else (np.datetime64(0, "D"), np.datetime64(0, "D"))
    covered = int((last - first).astype(int)) + 1 if len(day) else 0
    length = min(WINDOW_DAYS, covered // SMALLEST_SHARE)
    n_tests = max(min(windows, covered // max(length, 1) - _BEFORE_TESTS), 1)
    end = last + 1
    edges = [(end - length * back).astype(object) for back in range(n_tests + 1, -1, -1)]
    split = tuple(Window(start, stop) for start, stop in pairwise(edges))
    before = day < np.datetime64(split[0].start)
    if not length or not before.any() or not all(window.mask(day).any() for window in split):
        raise TooFewDaysError(
            f"the orders cover {covered} days on {len(np.unique(day))} dates: too few to train on some, "
            "calibrate on later ones and test on the latest"
        )
    return split
