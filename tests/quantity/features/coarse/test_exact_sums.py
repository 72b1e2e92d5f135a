"""Sums that do not depend on the order of what is summed."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from quantity.features.coarse.exact_sums import ExactSums

SIZE = 3

values = st.lists(st.tuples(st.integers(0, SIZE - 1), st.floats(-30, 30, width=64)), max_size=60)


def sums_of(rows: list[tuple[int, float]], *more: list[tuple[int, float]]) -> ExactSums:
    """The sums, added piece by piece."""
    sums = ExactSums(SIZE)
    for piece in (rows, *more):
        sums.add(np.array([at for at, _ in piece], dtype=np.int64), np.array([value for _, value in piece]))
    return sums


@settings(deadline=None)
@given(rows=values)
def test_they_are_the_sums(rows: list[tuple[int, float]]) -> None:
    expected = [math.fsum(value for of, value in rows if of == at) for at in range(SIZE)]
    # What is below 2^-54 of a number near one is dropped.
    np.testing.assert_allclose(sums_of(rows).totals, expected, rtol=1e-15, atol=len(rows) * 2.0**-54)


@settings(deadline=None)
@given(rows=values, cut=st.integers(0, 60), random=st.randoms(use_true_random=False))
def test_neither_order_nor_pieces_show(rows: list[tuple[int, float]], cut: int, random: np.random.Generator) -> None:
    expected = sums_of(rows).totals
    shuffled = list(rows)
    random.shuffle(shuffled)
    np.testing.assert_array_equal(sums_of(shuffled[:cut], shuffled[cut:]).totals, expected)
    merged = ExactSums(SIZE)
    for piece in (rows[:cut], rows[cut:]):
        merged.add_sums(np.arange(SIZE), sums_of(piece), np.arange(SIZE))
    np.testing.assert_array_equal(merged.totals, expected)


def test_a_hundred_million_units_are_added_without_rounding() -> None:
    third = 1 / 3
    sums = ExactSums(1)
    sums.add(np.zeros(1, dtype=np.int64), np.array([1e8]))
    for _ in range(3):
        sums.add(np.zeros(1, dtype=np.int64), np.array([third]))
    assert sums.totals[0] == 1e8 + 1
