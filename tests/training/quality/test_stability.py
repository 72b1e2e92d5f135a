"""The stability index: 0 for equal shares, symmetric, and the formula's own value."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.quality.stability import index_of_counts, stability_index

orders = st.dictionaries(st.integers(1, 10**6), st.integers(0, 10**6), max_size=40)


@given(orders, orders)
def test_it_is_symmetric_and_not_negative(before: dict[int, int], now: dict[int, int]) -> None:
    assert stability_index(before, now) == pytest.approx(stability_index(now, before), abs=1e-9)
    assert stability_index(before, now) >= 0


@given(orders)
def test_a_distribution_is_no_distance_from_itself(before: dict[int, int]) -> None:
    assert stability_index(before, before) == 0


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=20))
def test_of_any_bins_it_is_the_sum_of_a_loop_over_them(bins: list[tuple[int, int]]) -> None:
    before, now = zip(*bins, strict=True)
    total_before, total_now = (sum(counts) + 0.5 * len(bins) for counts in (before, now))
    expected = 0.0
    for first, second in bins:
        share_before, share_now = (first + 0.5) / total_before, (second + 0.5) / total_now
        expected += (share_now - share_before) * math.log(share_now / share_before)
    assert index_of_counts(before, now) == pytest.approx(expected, abs=1e-9)


def test_it_is_the_formula_for_two_buckets() -> None:
    # With so many orders, the half of an order in each bucket is nothing.
    index = stability_index({1: 30_000_000, 2: 70_000_000}, {1: 50_000_000, 2: 50_000_000})
    assert index == pytest.approx(0.2 * math.log(5 / 3) + 0.2 * math.log(7 / 5), rel=1e-3)


def test_quantities_of_one_bucket_are_alike() -> None:
    assert stability_index({5: 60, 8: 40}, {6: 100}) == 0


def test_a_shift_to_another_pack_is_a_change_and_a_few_orders_more_are_none() -> None:
    before = {6: 400, 12: 400, 24: 200}
    assert stability_index(before, {6: 420, 12: 390, 24: 190}) < 0.01
    assert stability_index(before, {6: 100, 12: 200, 24: 700}) > 0.25
