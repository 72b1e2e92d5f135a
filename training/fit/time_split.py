"""Split by time: windows that follow each other, each answered by a model that knows only what was before it.

An *order day* is a day with orders. A window covers 28 days, and more where so many days hold too few order days:
a shop that orders once a month, or a pause, makes windows longer, not empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import datetime as dt

WINDOW_DAYS = 28
"""Length of a window, in days."""

WINDOW_ORDER_DAYS = 3
"""Fewest order days of a window. Weekly orders have four in 28 days, and may skip one."""

SMALLEST_SHARE = 6
"""With less data each window is a sixth: of the days covered, and of the order days."""

WINDOWS = 4
"""How many windows are tested by default."""

FEWEST_TO_TEST = 2
"""Order days that a test needs: one to train on, and one to test on."""

_BEFORE_TESTS = 3
"""Windows' lengths that are not tested: two to train on, and one to calibrate on."""


class TooFewDaysError(ValueError):
    """There is no order day at all."""


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


@dataclass(frozen=True)
class Split:
    """The windows, oldest first; the newest ends with the last order.

    Attributes:
        calibration: the range and the use of baselines are learned on it for the first test; None with two order
            days or fewer.
        tests: the windows that are tested; none with one order day.
    """

    calibration: Window | None
    tests: tuple[Window, ...]

    @property
    def windows(self) -> tuple[Window, ...]:
        """All of them."""
        return self.tests if self.calibration is None else (self.calibration, *self.tests)


@dataclass(frozen=True)
class _Size:
    """What a window holds at least.

    Attributes:
        days: its calendar days.
        order_days: its order days.
    """

    days: int
    order_days: int


def split_by_time(date: np.ndarray, windows: int = WINDOWS) -> Split:
    """The windows of (n,) checkout dates (``datetime64``).

    There are fewer than ``windows`` to test on where the dates do not cover as many. Two windows' order days at least
    are left to train on before the first, one where there are fewer than four.

    Raises:
        TooFewDaysError: there are no dates.
    """
    order_days = np.unique(date.astype("datetime64[D]"))
    if not len(order_days):
        raise TooFewDaysError("there are no orders: to train, orders of 1 day are needed at least, and there are 0")
    covered = int((order_days[-1] - order_days[0]).astype(int)) + 1
    size = _Size(
        days=max(min(WINDOW_DAYS, covered // SMALLEST_SHARE), 1),
        order_days=max(min(WINDOW_ORDER_DAYS, len(order_days) // SMALLEST_SHARE), 1),
    )
    most = max(min(windows, covered // size.days - _BEFORE_TESTS), 1)
    edges = _edges(order_days, size, most)
    split = [Window(start, stop) for start, stop in pairwise(edges)]
    return Split(split[0], tuple(split[1:])) if len(split) > 1 else Split(None, tuple(split))


def _edges(order_days: np.ndarray, size: _Size, tests: int) -> list[dt.date]:
    """First days of the windows, and the day after the last: of as many tests as leave enough to train on."""
    edges = [order_days[-1] + 1]
    enough = min(2 * size.order_days, max(len(order_days) - FEWEST_TO_TEST, 1))
    while len(edges) < tests + 2:
        before = order_days[: np.searchsorted(order_days, edges[-1])]
        start = _start(before, edges[-1], size)
        # The newest test and the calibration are worth days of theirs; more tests are not.
        calibration = size.order_days if len(edges) == 1 and len(order_days) > FEWEST_TO_TEST else 0
        if np.searchsorted(before, start) < enough + calibration and len(edges) <= FEWEST_TO_TEST:
            start = before[-min(size.order_days, len(before))]
        if np.searchsorted(before, start) < enough:
            break
        edges.append(start)
    return [edge.astype(object) for edge in reversed(edges)]


def _start(before: np.ndarray, end: np.datetime64, size: _Size) -> np.datetime64:
    """The first day of the window that ends before ``end`` and holds enough of the order days ``before`` it."""
    start = end - size.days
    if len(before) - np.searchsorted(before, start) >= size.order_days:
        return start
    return min(before[-min(size.order_days, len(before))], before[-1] + 1 - size.days)
