"""Training is the past, calibration comes after it, the test window is the latest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.time_split import WINDOW_DAYS, TooFewDaysError, split_by_time

FIRST = np.datetime64("2022-01-01")


@given(st.sets(st.integers(0, 400), min_size=2))
def test_windows_are_disjoint_in_order_and_complete(days: set[int]) -> None:
    date = FIRST + np.array(sorted(days))
    try:
        train, calibration, test = split_by_time(date).masks(date)
    except TooFewDaysError:
        return
    assert (train.astype(int) + calibration + test == 1).all()
    assert date[train].max() < date[calibration].min()
    assert date[calibration].max() < date[test].min()


def test_a_year_is_tested_on_its_last_four_weeks() -> None:
    date = FIRST + np.arange(365)
    train, calibration, test = split_by_time(date).masks(date)
    assert (train.sum(), calibration.sum(), test.sum()) == (365 - 2 * WINDOW_DAYS, WINDOW_DAYS, WINDOW_DAYS)


def test_little_data_is_split_into_sixths() -> None:
    date = FIRST + np.arange(60)
    train, calibration, test = split_by_time(date).masks(date)
    assert (train.sum(), calibration.sum(), test.sum()) == (40, 10, 10)


@pytest.mark.parametrize("days", [[], [0], [0, 1, 2], [0, 365]])
def test_too_few_days_are_refused(days: list[int]) -> None:
    with pytest.raises(TooFewDaysError, match="too few"):
        split_by_time(FIRST + np.array(days, dtype="timedelta64[D]"))
