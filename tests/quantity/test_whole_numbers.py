"""Narrow whole numbers hold what the wide ones hold, and positions sort as numpy's slower ways do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quantity.whole_numbers import distinct, narrowed, ranked, sorting

LARGEST = 2**31 - 1
SPANS = {"few bits": 5, "an id's bits": LARGEST, "too many bits for one number": 2**62}


@pytest.mark.parametrize("span", SPANS.values(), ids=SPANS)
@settings(deadline=None)
@given(data=st.data(), count=st.integers(0, 40))
def test_positions_sort_by_all_keys_and_keep_the_order_of_equal_rows(
    data: st.DataObject, count: int, span: int
) -> None:
    numbers = st.lists(st.sampled_from([-span, -1, 0, 1, span]), min_size=count, max_size=count)
    keys = [np.array(data.draw(numbers), dtype=np.int64) for _ in range(3)]
    assert sorting(*keys).tolist() == sorted(range(count), key=lambda row: [key[row] for key in keys])


def test_narrow_keys_do_not_overflow() -> None:
    store, product = (np.array(ids, dtype=np.int32) for ids in ([LARGEST, 1, LARGEST], [LARGEST, LARGEST, 1]))
    assert sorting(store, product).tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([], "int64"),
        ([-1, LARGEST], "int32"),
        ([-(2**31)], "int32"),
        ([0, LARGEST + 1], "int64"),
        ([-(2**31) - 1, 0], "int64"),
    ],
)
def test_numbers_are_narrow_where_all_of_them_fit(values: list[int], kind: str) -> None:
    found = narrowed(np.array(values, dtype=np.int64))
    assert (found.tolist(), found.dtype.name) == (values, kind)


@pytest.mark.parametrize("span", SPANS.values(), ids=SPANS)
@settings(deadline=None)
@given(data=st.data())
def test_the_distinct_numbers_are_ranked_however_far_apart_they_are(data: st.DataObject, span: int) -> None:
    numbers = data.draw(st.lists(st.sampled_from([-span, -1, 0, 1, 2, span]), max_size=40))
    occurring, rank = ranked(np.array(numbers, dtype=np.int64))
    assert distinct(np.array(numbers, dtype=np.int64)).tolist() == occurring.tolist() == sorted(set(numbers))
    assert occurring[rank].tolist() == numbers
