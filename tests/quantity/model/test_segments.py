"""Which orders calibrate which kind of answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quantity.model.history import HISTORY_LENGTHS, history_length
from quantity.model.segments import SHAPE, SIZES, segments, size_group

PLACES = list(np.ndindex(SHAPE))


@pytest.mark.parametrize(
    ("quantity", "size"),
    [
        *((cases, "1") for cases in (0.4, 1, 1.99)),
        *((cases, "2-3") for cases in (2, 3, 3.99)),
        *((cases, "4-8") for cases in (4, 8)),
        *((cases, "9-24") for cases in (9, 24)),
        *((cases, "25-99") for cases in (25, 99)),
        *((cases, "100+") for cases in (100, 1_000_000)),
    ],
)
def test_sizes_are_named_by_their_cases(quantity: float, size: str) -> None:
    assert SIZES[size_group(np.array([quantity]))[0]] == size


@pytest.mark.parametrize(
    ("orders", "length"), [(0, "none"), (1, "thin"), (4, "thin"), (5, "rich"), (1_000_000, "rich")]
)
def test_histories_are_named_by_their_orders(orders: int, length: str) -> None:
    assert HISTORY_LENGTHS[history_length(np.array([orders]))[0]] == length


def naive_mask(history: list[int], size: list[int], place: tuple[int, int], min_orders: int) -> list[bool]:
    """The orders of the nearest sizes that are enough together, of all where none are."""
    for reach in range(len(SIZES)):
        mask = [h == place[0] and abs(s - place[1]) <= reach for h, s in zip(history, size, strict=True)]
        if sum(mask) >= min_orders:
            return mask
    return [True] * len(history)


@settings(deadline=None)
@given(
    orders=st.lists(st.tuples(st.integers(0, SHAPE[0] - 1), st.integers(0, SHAPE[1] - 1)), max_size=40),
    min_orders=st.integers(1, 15),
)
def test_every_segment_reaches_out_until_it_has_enough(orders: list[tuple[int, int]], min_orders: int) -> None:
    history, size = [h for h, _ in orders], [s for _, s in orders]
    found = list(segments(np.array(history, dtype=np.int64), np.array(size, dtype=np.int64), min_orders))
    assert [place for place, _ in found] == PLACES
    assert [mask.tolist() for _, mask in found] == [naive_mask(history, size, place, min_orders) for place in PLACES]


def test_few_orders_calibrate_neighbours_and_too_few_are_joined_by_all() -> None:
    history, size = np.repeat([1, 2, 2, 2], [3, 10, 4, 20]), np.repeat([0, 0, 1, 5], [3, 10, 4, 20])
    masks = dict(segments(history, size, min_orders=10))
    assert masks[2, 0].sum() == 10, "its own"
    assert masks[2, 1].sum() == 10 + 4, "with the sizes beside it"
    assert masks[2, 3].sum() == 20 + 4, "two sizes away on both sides"
    assert masks[1, 0].all(), "its history length has too few of any size"
    assert masks[0, 0].all(), "nothing is known of its history length"
