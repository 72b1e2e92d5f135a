"""Windows follow each other, end with the newest order, hold order days, and leave some to train on."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.fit.time_split import WINDOW_DAYS, WINDOW_ORDER_DAYS, WINDOWS, Split, TooFewDaysError, split_by_time

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST = np.datetime64("2022-01-03")
QUARTER, MONTH = 91, 30


def dates(days: Iterable[int]) -> np.ndarray:
    return FIRST + np.array(sorted(days), dtype="timedelta64[D]")


def order_days(split: Split, date: np.ndarray) -> list[int]:
    """How many order days each window holds."""
    return [len(np.unique(date[window.mask(date)])) for window in split.windows]


def before(split: Split, date: np.ndarray) -> int:
    """How many order days there are before the first window."""
    return len(np.unique(date[date < np.datetime64(split.windows[0].start)]))


def by_calendar(covered: int, wanted: int) -> list[int]:
    """The rule for orders on every day or in every week: how many days before the end each window begins."""
    length = min(WINDOW_DAYS, covered // 6)
    tests = max(min(wanted, covered // length - 3), 1)
    return [length * back for back in range(tests + 1, 0, -1)]


@given(st.sets(st.integers(0, 1200), min_size=1, max_size=80), st.integers(1, 6))
def test_any_order_days_give_windows_with_orders_and_orders_before_them(days: set[int], wanted: int) -> None:
    date = dates(days)
    split = split_by_time(date, wanted)
    assert len(split.tests) == 0 if len(days) == 1 else 1 <= len(split.tests) <= wanted
    assert (split.calibration is None) == (len(days) <= 2)
    if split.windows:
        least = max(min(WINDOW_ORDER_DAYS, len(days) // 6), 1)
        assert min(order_days(split, date)) >= least
        assert before(split, date) >= 1
        assert sum(order_days(split, date)) + before(split, date) == len(days), "no order is lost"
        assert np.datetime64(split.windows[-1].end) == date[-1] + 1
        assert all(one.end == other.start for one, other in pairwise(split.windows))


@given(st.integers(6, 800), st.integers(1, 8), st.sampled_from([1, 7]))
def test_orders_on_all_days_or_every_week_are_cut_by_the_calendar(n: int, wanted: int, every: int) -> None:
    date = dates(range(0, n * every, every))
    split = split_by_time(date, wanted)
    covered = (n - 1) * every + 1
    assert [int((date[-1] + 1 - np.datetime64(w.start)).astype(int)) for w in split.windows] == by_calendar(
        covered, wanted
    )


def test_a_year_is_tested_on_its_last_weeks_and_calibrated_on_those_before() -> None:
    date = dates(range(365))
    split = split_by_time(date)
    assert order_days(split, date) == [WINDOW_DAYS] * (WINDOWS + 1)
    assert np.datetime64(split.windows[-1].end) == date[-1] + 1


def test_a_week_without_orders_leaves_the_windows_as_they_are() -> None:
    weekly = [7 * week for week in range(52)]
    whole, skipped = split_by_time(dates(weekly)), split_by_time(dates(set(weekly) - {weekly[-3]}))
    assert skipped == whole


def test_a_quick_look_tests_on_the_newest_window_alone() -> None:
    date = dates(range(365))
    assert split_by_time(date, 1).windows == split_by_time(date).windows[-2:]


def test_little_data_has_shorter_and_fewer_windows() -> None:
    date = dates(range(60))
    assert order_days(split_by_time(date), date) == [10] * 4


def test_a_pause_makes_no_window_empty() -> None:
    date = dates([*range(120), *range(200, 300)])
    split = split_by_time(date)
    assert len(split.tests) == WINDOWS
    assert order_days(split, date) == [28, 16, 28, 28, 28]


def test_the_days_before_a_pause_are_a_whole_window_where_the_pause_fills_one() -> None:
    date = dates([*range(200), *range(284, 340)])
    split = split_by_time(date)
    assert order_days(split, date) == [28, 28, 28, 28, 28]


@pytest.mark.parametrize(
    ("every", "n", "expected"), [(QUARTER, 12, [2, 2, 2, 2]), (MONTH, 36, [3, 3, 3, 3, 3]), (MONTH, 12, [2, 2, 2, 2])]
)
def test_rare_orders_are_cut_by_order_days(every: int, n: int, expected: list[int]) -> None:
    date = dates(range(0, every * n, every))
    assert order_days(split_by_time(date), date) == expected


@pytest.mark.parametrize(
    ("days", "tests", "calibrates"),
    [
        ([0], 0, False),
        ([0, 1], 1, False),
        ([0, 365], 1, False),
        ([0, 1, 2], 1, True),
        ([0, 1, 100], 1, True),
        (range(5), 2, True),
    ],
)
def test_few_order_days_are_used_up_to_the_last(days: Iterable[int], tests: int, calibrates: bool) -> None:  # noqa: FBT001 - a row
    split = split_by_time(dates(days))
    assert (len(split.tests), split.calibration is not None) == (tests, calibrates)


def test_no_orders_are_refused_with_the_fewest_that_are_needed() -> None:
    with pytest.raises(TooFewDaysError, match=r"orders of 1 day are needed.*there are 0"):
        split_by_time(dates([]))
