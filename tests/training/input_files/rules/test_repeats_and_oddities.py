"""Repeated lines are found exactly; oddities are those of the definition."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from training.input_files.rules.oddities import giants, lonely_ends
from training.input_files.rules.repeats import FEWEST_DISTINCT, find_repeats


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-1, 2), st.integers(0, 2), st.sampled_from([0, 2**62])), max_size=30))
def test_the_repeated_rows_are_those_that_are_equal(rows: list[tuple[int, int, int]]) -> None:
    frame = pd.DataFrame(rows, columns=["a", "b", "c"], dtype="int64")
    found = find_repeats([frame[name].to_numpy() for name in frame])
    assert found.rows.tolist() == np.flatnonzero(frame.duplicated(keep=False)).tolist()
    assert found.extra.tolist() == np.flatnonzero(frame.duplicated()).tolist()


def test_a_file_is_doubled_when_every_line_repeats() -> None:
    once = np.arange(FEWEST_DISTINCT)
    assert find_repeats([np.tile(once, 2)]).doubled(0, 2 * len(once))
    assert not find_repeats([np.append(np.tile(once, 2), 99)]).doubled(0, 2 * len(once) + 1)
    assert not find_repeats([np.zeros(8, np.int64)]).doubled(0, 8)


def test_a_file_that_another_holds_is_doubled() -> None:
    first, second = np.arange(30), np.arange(10, 22)
    repeats = find_repeats([np.concatenate([first, second])])
    assert not repeats.doubled(0, 30)
    assert repeats.doubled(30, 42)


def test_giants_are_told_by_the_median_of_their_product() -> None:
    product = np.array([1, 1, 1, 2, 2])
    assert giants(product, np.array([2, 2, 2000, 1500, 1600])).tolist() == [2]
    assert giants(product, np.array([2, 2, 1999, 1, 1])).tolist() == []


def test_dates_that_stand_alone_are_told() -> None:
    daily = np.arange(100, 160)
    assert lonely_ends(daily) == []
    assert lonely_ends(np.append(daily, 500)) == [(500, -341)]
    assert lonely_ends(np.append([10], daily)) == [(10, 90)]
    assert lonely_ends(np.arange(0, 900, 90)) == []
