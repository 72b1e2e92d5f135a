"""Decayed statistics against a loop over every order that lies before the day."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quantity.features.decay import COUNT, MEAN, SPREAD, Decayed, decayed_sums
from quantity.features.timeline import MISSING
from tests.support.orders.random_timelines import N_GROUPS, Entry, entries, timeline_of

PARTS = (MEAN, COUNT, SPREAD)
GROUPS = range(N_GROUPS)
FEW_DAYS = st.integers(0, 12)

half_lives = st.sampled_from([1, 3, 30])


def weights(rows: list[Entry], group: int | None, day: int, half_life: float) -> list[tuple[float, float]]:
    """Weight and measure of the orders before a day, of one group or of all together."""
    known = [row for row in rows if row.group != MISSING and row.day < day and group in {None, row.group}]
    return [(0.5 ** ((day - row.day) / half_life), row.value) for row in known]


def statistics(weighted: list[tuple[float, float]]) -> list[float]:
    """Mean, number and deviation."""
    count = math.fsum(weight for weight, _ in weighted)
    if not count:
        return [math.nan, 0.0, math.nan]
    mean = math.fsum(weight * value for weight, value in weighted) / count
    return [mean, count, math.sqrt(math.fsum(weight * (value - mean) ** 2 for weight, value in weighted) / count)]


@settings(deadline=None)
@given(rows=entries(FEW_DAYS), half_life=half_lives)
def test_each_order_day_sees_the_orders_of_its_group_before_it(rows: list[Entry], half_life: int) -> None:
    """Neither other groups nor its own orders: two of a day do not see each other."""
    timeline = timeline_of(rows)
    (found,) = decayed_sums(timeline.as_of_each_day(), ["value"], half_life)
    questions = zip(timeline.group.tolist(), timeline.day.tolist(), strict=True)
    expected = [math.fsum(w * value for w, value in weights(rows, *question, half_life)) for question in questions]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@settings(deadline=None)
@given(rows=entries(FEW_DAYS), half_life=half_lives, day=st.integers(-3, 20), pooled=st.booleans())
def test_statistics_on_any_day(rows: list[Entry], half_life: int, day: int, *, pooled: bool) -> None:
    """On a day with orders or none, before the first and after the last, of one group or of all together."""
    transform = Decayed("store", "value", half_life, PARTS, pooled=pooled)
    found = transform.compute(timeline_of(rows).as_of_day(day))
    expected = [statistics(weights(rows, None if pooled else group, day, half_life)) for group in GROUPS]
    # The deviation of equal values is the square root of a difference that is next to nothing.
    np.testing.assert_allclose(np.transpose(found), expected, rtol=1e-9, atol=1e-6)


@settings(deadline=None)
@given(rows=entries(FEW_DAYS), days=st.lists(st.integers(-3, 20), min_size=1), pooled=st.booleans())
def test_questions_may_come_in_any_order(rows: list[Entry], days: list[int], *, pooled: bool) -> None:
    timeline = timeline_of(rows)
    transform = Decayed("store", "value", 5, PARTS, pooled=pooled)
    group, day = np.repeat(GROUPS, len(days)), np.tile(np.array(days), N_GROUPS)
    together = np.transpose(transform.compute(timeline.as_of(group, day)))
    alone = {one: np.transpose(transform.compute(timeline.as_of_day(one))) for one in set(days)}
    expected = [alone[one][of] for of, one in zip(group, day, strict=True)]
    np.testing.assert_array_equal(together, expected)


@settings(deadline=None)
@given(rows=entries(FEW_DAYS), others=entries(FEW_DAYS))
def test_other_groups_leave_no_trace(rows: list[Entry], others: list[Entry]) -> None:
    """Not a bit: sums begin anew where a group does."""
    own = [row._replace(group=1) for row in rows]
    foreign = [row._replace(group=2 * (row.group % 2)) for row in others]
    transform = Decayed("store", "value", 7, PARTS)
    alone = transform.compute(timeline_of(own).as_of_day(13))
    beside = transform.compute(timeline_of(own + foreign).as_of_day(13))
    np.testing.assert_array_equal(np.transpose(beside)[1], np.transpose(alone)[1])


@pytest.mark.parametrize("gap", [10_000, 1_000_000, 2_000_000_000])
def test_an_order_of_long_ago_fades_to_nothing(gap: int) -> None:
    """No overflow, no warning; what is left of it is no order and has no mean."""
    rows = [Entry(0, 0, 3.0), Entry(0, gap, 4.0), Entry(1, 0, 5.0)]
    transform = Decayed("store", "value", 1, PARTS)
    with warnings.catch_warnings(), np.errstate(over="raise", divide="raise", invalid="raise"):
        warnings.simplefilter("error")
        mean, count, spread = transform.compute(timeline_of(rows).as_of_day(gap + 1))
    np.testing.assert_array_equal(count, [0.5, 0.0, 0.0])
    np.testing.assert_array_equal(mean, [4.0, np.nan, np.nan])
    np.testing.assert_array_equal(spread, [0.0, np.nan, np.nan])


def test_an_order_counts_half_for_every_half_life_that_it_lies_back() -> None:
    (count,) = Decayed("store", "value", 30, (COUNT,)).compute(timeline_of([Entry(0, 0, 1.0)]).as_of_day(90))
    assert count[0] == 1 / 8


def test_sums_of_many_order_days_stay_exact() -> None:
    """Sums are taken by doubling steps: neither their number nor a last odd step leaves a day out."""
    for n_days in (1, 2, 3, 4, 5, 63, 64, 65, 1000):
        rows = [Entry(0, day, 1.0) for day in range(n_days)]
        _, count = Decayed("store", "value", 50).compute(timeline_of(rows).as_of_day(n_days))
        expected = math.fsum(0.5 ** (back / 50) for back in range(1, n_days + 1))
        assert count[0] == pytest.approx(expected, rel=1e-13)


def test_the_spread_of_equal_values_is_nothing() -> None:
    rows = [Entry(0, day, 8.9) for day in range(100)]
    (spread,) = Decayed("store", "value", 90, (SPREAD,)).compute(timeline_of(rows).as_of_day(100))
    assert 0 <= spread[0] < 1e-6


@pytest.mark.parametrize(
    ("transform", "names"),
    [
        (Decayed("store", "lift", 14), ["ewm_lift_store_h14d", "ewn_lift_store_h14d"]),
        (Decayed("product", "qty", 90, (MEAN,)), ["ewm_qty_product_h90d"]),
        (Decayed("product", "qty", 90, (SPREAD, COUNT), pooled=True), ["ews_qty_all_h90d", "ewn_qty_all_h90d"]),
    ],
)
def test_names_tell_part_measure_scope_and_half_life(transform: Decayed, names: list[str]) -> None:
    assert [column.name for column in transform.columns] == names


@pytest.mark.parametrize("parts", [(MEAN,), (COUNT, MEAN), (SPREAD, COUNT), PARTS])
def test_statistics_come_in_the_order_of_their_columns(parts: tuple[str, ...]) -> None:
    as_of = timeline_of([Entry(0, 0, 2.0), Entry(0, 3, 7.0), Entry(1, 1, 4.0)]).as_of_day(9)
    of_part = dict(zip(PARTS, Decayed("store", "value", 9, PARTS).compute(as_of), strict=True))
    found = Decayed("store", "value", 9, parts).compute(as_of)
    np.testing.assert_array_equal(found, [of_part[part] for part in parts])


def test_a_group_without_orders_has_the_columns_empty_values() -> None:
    transform = Decayed("store", "value", 9, PARTS)
    for rows in ([], [Entry(0, 5, 2.0)]):
        found = np.transpose(transform.compute(timeline_of(rows).as_of_day(6)))[1:]
        np.testing.assert_array_equal(found, [[column.empty for column in transform.columns]] * (N_GROUPS - 1))
