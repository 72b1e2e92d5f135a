"""The range covers as often as it says, in whole cases, on values it has not seen."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from quantity.model.ranges import (
    MIN_ORDERS,
    MOST_INWARDS,
    MOVED_WORTH,
    conformal_offset,
    moved_offsets,
    offsets_by_segment,
    outside,
)
from quantity.model.segments import SHAPE, SIZES

COVERAGE = 0.8


def rounded_range(low: np.ndarray, high: np.ndarray, offset: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """The whole cases nearest to both ends, moved out by an offset."""
    return np.floor(np.exp(low - offset) + 0.5), np.floor(np.exp(high + offset) + 0.5)


def covered(y: np.ndarray, low: np.ndarray, high: np.ndarray, offset: np.ndarray | float) -> np.ndarray:
    lowest, highest = rounded_range(low, high, offset)
    inside: np.ndarray = (lowest <= y) & (y <= highest)
    return inside


@settings(deadline=None)
@given(y=st.integers(1, 5000), ends=st.tuples(st.floats(-1, 9), st.floats(-1, 9)), margin=st.floats(1e-6, 2))
def test_the_distance_is_the_offset_at_which_the_rounded_range_covers(
    y: int, ends: tuple[float, float], margin: float
) -> None:
    low, high = np.array([min(ends)]), np.array([max(ends)])
    cases = np.array([float(y)])
    distance = outside(cases, low, high)
    assert covered(cases, low, high, distance + margin).all()
    assert not covered(cases, low, high, distance - margin).any()


@pytest.mark.parametrize("width", [0.1, 0.8, 3.0], ids=["too narrow", "about right", "too wide"])
def test_unseen_skewed_counts_are_covered_after_rounding(width: float) -> None:
    """Whatever the width the trees gave the range."""
    rng = np.random.default_rng(0)
    level = rng.uniform(2, 6, 30_000)
    y = np.maximum(np.rint(np.exp(level + rng.normal(0, 0.7, len(level)))), 1)
    seen, unseen = slice(6000), slice(6000, None)
    offset = conformal_offset(outside(y[seen], level[seen] - width, level[seen] + width), COVERAGE)
    inside = covered(y[unseen], level[unseen] - width, level[unseen] + width, offset)
    assert inside.mean() == pytest.approx(COVERAGE, abs=0.015)


@settings(deadline=None)
@given(
    y=st.lists(st.integers(1, 12), min_size=1, max_size=60),
    level=st.floats(0, 2.5),
    width=st.floats(0, 1.5),
    coverage=st.floats(0.05, 0.95),
)
def test_equal_estimates_of_counts_are_covered_at_least_as_often_as_wanted(
    y: list[int], level: float, width: float, coverage: float
) -> None:
    """Many orders lie at the very distance that is chosen: the range that moves out by it has them inside."""
    assume(coverage * (len(y) + 1) <= len(y))
    cases, low, high = np.array(y, dtype=np.float64), np.full(len(y), level - width), np.full(len(y), level + width)
    offset = conformal_offset(outside(cases, low, high), coverage)
    assert covered(cases, low, high, offset).mean() >= coverage


@settings(deadline=None)
@given(distance=st.lists(st.floats(-5, 5), min_size=1, max_size=60), coverage=st.floats(0.05, 0.95))
def test_no_smaller_offset_would_do(distance: list[float], coverage: float) -> None:
    values = np.array(distance)
    offset = conformal_offset(values, coverage)
    assert offset in distance
    if coverage * (len(values) + 1) <= len(values):
        assert (values <= offset).mean() >= coverage
        assert (values < offset).mean() < coverage + 1 / len(values)


def test_the_rank_is_that_of_the_finite_sample() -> None:
    distance = np.array([3.0, 1.0, 4.0, 2.0])
    assert conformal_offset(distance, 0.8) == 4.0, "ceil(0.8 * 5) = 4th of four"
    assert conformal_offset(distance, 0.5) == 3.0, "ceil(0.5 * 5) = 3rd"
    assert conformal_offset(distance, 0.99) == 4.0, "there is no 5th: the largest"


def test_without_calibration_values_the_range_stays() -> None:
    assert conformal_offset(np.array([]), COVERAGE) == 0.0
    nothing = np.array([], dtype=np.int64)
    np.testing.assert_array_equal(offsets_by_segment(np.array([]), nothing, nothing, COVERAGE), np.zeros(SHAPE))


def test_values_that_are_covered_anyway_need_no_range() -> None:
    """Where they are enough the range closes; where they are not, they count among the covered."""
    anyway = np.full(90, -np.inf)
    assert conformal_offset(anyway, COVERAGE) == -MOST_INWARDS
    assert conformal_offset(np.append(anyway, np.arange(10.0)), COVERAGE) == -MOST_INWARDS
    assert conformal_offset(np.append(anyway, np.arange(60.0)), COVERAGE) == 30.0, "the 121st of 150"


def test_each_segment_has_the_offset_of_its_own_orders() -> None:
    rng = np.random.default_rng(0)
    history = np.repeat(np.arange(SHAPE[0]), SHAPE[1] * MIN_ORDERS)
    size = np.tile(np.arange(SHAPE[1]), SHAPE[0] * MIN_ORDERS)
    distance = 10.0 * history + size + rng.uniform(0, 0.1, len(size))
    offsets = offsets_by_segment(distance, history, size, COVERAGE)
    own = [[conformal_offset(distance[(history == i) & (size == j)], COVERAGE) for j in range(6)] for i in range(3)]
    np.testing.assert_array_equal(offsets, own)


def test_segments_of_different_spread_are_each_covered() -> None:
    rng = np.random.default_rng(1)
    n = 40_000
    history, size = rng.integers(0, SHAPE[0], n), rng.integers(0, SHAPE[1], n)
    level = np.log([1.2, 2.6, 5.5, 15.0, 50.0, 300.0])[size] + rng.uniform(-0.15, 0.15, n)
    y = np.maximum(np.rint(np.exp(level + rng.normal(0, 0.3 + 0.3 * history))), 1)
    seen = np.arange(n) < n // 2
    offsets = offsets_by_segment(outside(y, level, level)[seen], history[seen], size[seen], COVERAGE)
    inside = covered(y, level, level, offsets[history, size])
    for place in np.ndindex(SHAPE):
        unseen = ~seen & (history == place[0]) & (size == place[1])
        assert inside[unseen].mean() > COVERAGE - 0.05, place
        # Few whole cases cannot be cut to measure: there the range may cover more.
        if place[1] >= SIZES.index("9-24"):
            assert inside[unseen].mean() < COVERAGE + 0.05, place


def naive_moved_offsets(
    offsets: np.ndarray, distance: list[float], history: list[int], size: list[int], coverage: float
) -> np.ndarray:
    """Order by order, in loops."""

    def quantile(values: list[float]) -> float:
        at = math.ceil(coverage * (len(values) + 1)) - 1
        value = sorted(values)[min(at, len(values) - 1)]
        return value if value > -math.inf else -MOST_INWARDS

    step = quantile([d - offsets[i, j] for d, i, j in zip(distance, history, size, strict=True)])
    moved = np.empty(SHAPE)
    for i, j in np.ndindex(SHAPE):
        offset = float(offsets[i, j]) + step
        for reach in range(SHAPE[1]):
            own = [d for d, h, s in zip(distance, history, size, strict=True) if h == i and j - reach <= s <= j + reach]
            if len(own) >= MIN_ORDERS:
                n = len(own)
                offset = (n * quantile(own) + MOVED_WORTH * offset) / (n + MOVED_WORTH)
                break
        moved[i, j] = max(offset, -MOST_INWARDS)
    return moved


@pytest.mark.parametrize(("seed", "orders", "inside"), [(0, 2_500, 0.1), (1, 2_500, 0.85), (2, 200, 0.3), (3, 1, 0.0)])
def test_moved_offsets_are_those_of_a_naive_computation(seed: int, orders: int, inside: float) -> None:
    rng = np.random.default_rng(seed)
    # Many orders of a rich history, hardly any of none.
    history = rng.choice(SHAPE[0], orders, p=[0.02, 0.18, 0.8])
    size = rng.integers(0, SHAPE[1], orders)
    distance = np.where(rng.random(orders) < inside, -np.inf, rng.normal(0.2, 0.5, orders))
    offsets = rng.normal(0, 0.2, SHAPE)
    naive = naive_moved_offsets(offsets, distance.tolist(), history.tolist(), size.tolist(), COVERAGE)
    np.testing.assert_allclose(moved_offsets(offsets, distance, history, size, COVERAGE), naive, rtol=1e-12)


def test_without_newer_orders_no_offset_moves() -> None:
    offsets, nothing = np.arange(18.0).reshape(SHAPE), np.array([], dtype=np.int64)
    np.testing.assert_array_equal(moved_offsets(offsets, np.array([]), nothing, nothing, COVERAGE), offsets)


def test_a_segment_without_orders_takes_the_step_of_all() -> None:
    distance = np.full(5_000, 0.7)
    rich, size = np.full(5_000, 2), np.full(5_000, 3)
    moved = moved_offsets(np.full(SHAPE, 0.5), distance, rich, size, COVERAGE)
    np.testing.assert_allclose(moved, 0.7)


def test_the_offset_of_a_segment_with_many_orders_is_next_to_its_own() -> None:
    rng = np.random.default_rng(0)
    history, size = np.repeat([1, 2], 50_000), np.full(100_000, 3)
    distance = rng.uniform(0, 1, 100_000) + history
    moved = moved_offsets(np.zeros(SHAPE), distance, history, size, COVERAGE)
    np.testing.assert_allclose(moved[[1, 2], 3], [1.8, 2.8], atol=0.03)


def test_a_range_that_is_moved_in_again_and_again_stays_finite() -> None:
    anyway, group = np.full(1_000, -np.inf), np.full(1_000, 2)
    offsets = np.zeros(SHAPE)
    for _ in range(3):
        offsets = moved_offsets(offsets, anyway, group, group, COVERAGE)
    np.testing.assert_array_equal(offsets, -MOST_INWARDS)
