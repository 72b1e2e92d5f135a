"""The level at which answers add up to what is ordered."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quantity.model.balance import HIGHEST, LOWEST, STEPS, WINSOR, balanced, winsorized_total

STEP = (HIGHEST - LOWEST) / 2**STEPS


@settings(deadline=None)
@given(wanted=st.floats(LOWEST, HIGHEST), slope=st.floats(0.1, 1e9))
def test_the_level_is_found_to_a_step(wanted: float, slope: float) -> None:
    found = balanced(lambda level: slope * level, slope * wanted)
    assert found == pytest.approx(wanted, abs=STEP)


@settings(deadline=None)
@given(target=st.floats(LOWEST, HIGHEST))
def test_totals_of_whole_cases_are_met_as_near_as_they_can_be(target: float) -> None:
    """A total that rises in jumps is below the target a step lower, and not below it a step higher."""
    found = balanced(math.floor, target)
    assert math.floor(found - STEP) < target or found - STEP <= LOWEST
    assert math.floor(found + STEP) >= target or found + STEP >= HIGHEST


@pytest.mark.parametrize(("target", "end"), [(-math.inf, LOWEST), (math.inf, HIGHEST)])
def test_what_cannot_be_met_ends_at_a_bound(target: float, end: float) -> None:
    assert balanced(lambda level: level, target) == pytest.approx(end, abs=STEP)


def test_a_giant_order_counts_as_a_large_one() -> None:
    y, median = np.array([3.0, 50.0, 1e9]), np.log([2.0, 40.0, 5.0])
    assert winsorized_total(y, median) == pytest.approx(3.0 + 50.0 + WINSOR * 5.0)


@settings(deadline=None)
@given(cases=st.lists(st.tuples(st.floats(1, 1e6), st.floats(1, 1e6))))
def test_ordinary_orders_count_in_full(cases: list[tuple[float, float]]) -> None:
    y, median = (np.array([pair[i] for pair in cases]) for i in (0, 1))
    y = np.minimum(y, 0.99 * WINSOR * median)
    assert winsorized_total(y, np.log(median)) == pytest.approx(y.sum())
