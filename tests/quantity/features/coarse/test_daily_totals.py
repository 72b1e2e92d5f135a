"""What is told of an order day by looking at its orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quantity.features.coarse.daily_totals import Cases, DailySums, DistinctLabels, LastPrice, value_of
from quantity.features.orders import Orders
from quantity.features.timeline import ORDERS, squared

if TYPE_CHECKING:
    from quantity.features.coarse.daily_totals import OfOrders

DAYS = 3
LABELS = 130
"""More than two words of bits."""

rows = st.lists(
    st.tuples(
        st.integers(0, DAYS - 1),
        st.integers(1, 4),
        st.one_of(st.just(float("nan")), st.integers(100, 103).map(float)),
        st.integers(0, LABELS),
    ),
    max_size=40,
)
"""The number of an order's day, its cases, its price, and its product."""

Row = tuple[int, int, float, int]


def orders_of(made: list[Row]) -> Orders:
    quantity = np.array([cases for _, cases, _, _ in made], dtype=np.int64)
    price = np.array([price for _, _, price, _ in made], dtype=np.float64)
    nothing = np.zeros(len(made), dtype=np.int64)
    return Orders(nothing, nothing, nothing, quantity, price)


def result_of(taker: OfOrders, made: list[Row], cut: int) -> list[float]:
    """What comes of orders in two pieces."""
    for piece in (made[:cut], made[cut:]):
        at, product = (np.array([row[i] for row in piece], dtype=np.int64) for i in (0, 3))
        taker.add(at, orders_of(piece), product)
    return list(taker.result.tolist())


@settings(deadline=None)
@given(made=rows, cut=st.integers(0, 40))
def test_the_last_price_is_that_of_the_largest_order_and_an_unknown_one_the_highest(made: list[Row], cut: int) -> None:
    found = result_of(LastPrice(DAYS), made, cut)
    for day in range(DAYS):
        of_day = [(cases, np.inf if np.isnan(price) else price) for at, cases, price, _ in made if at == day]
        highest = max(of_day)[1] if of_day else np.inf
        np.testing.assert_equal(found[day], np.nan if highest == np.inf else highest)


@settings(deadline=None)
@given(made=rows, cut=st.integers(0, 40))
def test_labels_are_counted_once_and_no_label_not_at_all(made: list[Row], cut: int) -> None:
    label = np.append(np.arange(LABELS), -1)
    found = result_of(DistinctLabels(DAYS, label, LABELS), made, cut)
    assert found == [len({row[3] for row in made if row[0] == day and row[3] < LABELS}) for day in range(DAYS)]


@settings(deadline=None)
@given(made=rows, cut=st.integers(0, 40))
def test_cases_ascend_in_each_order_day(made: list[Row], cut: int) -> None:
    assert result_of(Cases(orders_of(made)), made, cut) == [cases for _, cases in sorted(row[:2] for row in made)]


def test_a_sum_is_of_a_measure_of_its_square_or_of_the_orders() -> None:
    measures = {"a": np.array([1.0, 2.0]), "b": np.array([3.0, 5.0])}
    assert value_of(ORDERS, measures).tolist() == [1, 1]
    assert value_of("b", measures).tolist() == [3, 5]
    assert value_of(squared("b"), measures).tolist() == [9, 25]


def test_sums_that_nobody_reads_any_more_are_forgotten() -> None:
    sums = DailySums(1)
    for name in ("a", "b"):
        sums.add(name, np.zeros(2, dtype=np.int64), np.array([1.0, 2.0]))
    sums.keep({"b", "c"})
    assert "a" not in sums
    assert sums.totals("b").tolist() == [3]
    with pytest.raises(KeyError):
        sums.totals("a")
