"""Split by time: train on the past, calibrate on what follows, test on the latest orders."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

WINDOW_DAYS = 28
"""Length of the calibration and of the test window."""

SMALLEST_SHARE = 6
"""With less data each window is a sixth of the days covered."""


class TooFewDaysError(ValueError):
    """The orders do not cover enough days to split."""


@dataclass(frozen=True)
class TimeSplit:
    """The first days of the calibration and the test window.

    Attributes:
        calibration_from: train on what is earlier.
        test_from: calibrate up to the day before, test from here on.
    """

    calibration_from: dt.date
    test_from: dt.date

    def masks(self, date: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(n,) masks of training, calibration and test for (n,) dates (``datetime64``)."""
        day = date.astype("datetime64[D]")
        calibration_from, test_from = np.datetime64(self.calibration_from), np.datetime64(self.test_from)
        train, test = day < calibration_from, day >= test_from
        return train, ~train & ~test, test


def split_by_time(date: np.ndarray) -> TimeSplit:
    """Choose the windows for (n,) checkout dates (``datetime64``).

    Raises:
        TooFewDaysError: a part would be empty.
    """
    day = date.astype("datetime64[D]")
    covered = int((day.max() - day.min()).astype(int)) + 1 if len(day) else 0
    window = min(WINDOW_DAYS, covered // SMALLEST_SHARE)
    last = day.max().astype(dt.date) if len(day) else dt.date.min
    split = (
        TimeSplit(
            calibration_from=last - dt.timedelta(days=2 * window - 1),
            test_from=last - dt.timedelta(days=window - 1),
        )
        if covered
        else TimeSplit(last, last)
    )
    if not all(part.any() for part in split.masks(day)):
        raise TooFewDaysError(
            f"the orders cover {covered} days on {len(np.unique(day))} dates: too few to train on some, "
            "calibrate on later ones and test on the latest"
        )
    return split
