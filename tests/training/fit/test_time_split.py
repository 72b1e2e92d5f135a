"""Windows follow each other, end with the newest order, and leave time to train on before the first."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.fit.time_split import WINDOW_DAYS, WINDOWS, TooFewDaysError, split_by_time

FIRST = np.datetime64("2022-01-01")


@given(st.sets(st.integers(0, 400), min_size=2), st.integers(1, 6))
def test_windows_follow_each_other_and_hold_every_order_after_the_first_start(days: set[int], wanted: int) -> None:
    date = FIRST + np.array(sorted(days))
    try:
        windows = split_by_time(date, wanted)
    except TooFewDaysError:
        return
    masks = np.stack([window.mask(date) for window in windows])
    assert 2 <= len(windows) <= wanted + 1
    assert (masks.sum(axis=0) == (date >= np.datetime64(windows[0].start))).all()
    assert masks.any(axis=1).all(), "no window is empty"
    assert date.min() < np.datetime64(windows[0].start), "there is something to train on"
    assert all(one.end == other.start for one, other in pairwise(windows))


def test_a_year_is_tested_on_its_last_weeks_and_calibrated_on_those_before() -> None:
    date = FIRST + np.arange(365)
    windows = split_by_time(date)
    assert [window.mask(date).sum() for window in windows] == [WINDOW_DAYS] * (WINDOWS + 1)
    assert np.datetime64(windows[-1].end) == date[-1] + 1


def test_a_quick_look_tests_on_the_newest_window_alone() -> None:
    date = FIRST + np.arange(365)
    assert split_by_time(date, 1) == split_by_time(date)[-2:]


def test_little_data_has_shorter_and_fewer_windows() -> None:
    date = FIRST + np.arange(60)
    assert [window.mask(date).sum() for window in split_by_time(date)] == [10] * 4


@pytest.mark.parametrize("days", [[], [0], [0, 1, 2], [0, 365]])
def test_too_few_days_are_refused(days: list[int]) -> None:
    with pytest.raises(TooFewDaysError, match="too few"):
        split_by_time(FIRST + np.array(days, dtype="timedelta64[D]"))
