"""Which (group, day) have orders, numbered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quantity.features.coarse import order_days
from quantity.features.coarse.order_days import Grid, Marks

if TYPE_CHECKING:
    from quantity.features.timeline import Ints

GROUPS, FIRST_DAY, DAYS = 4, 19_000, 6

pieces = st.lists(
    st.lists(st.tuples(st.integers(0, GROUPS - 1), st.integers(FIRST_DAY, FIRST_DAY + DAYS - 1)), min_size=1),
    min_size=1,
)


def columns(rows: list[tuple[int, int]]) -> tuple[Ints, Ints]:
    group, day = np.array(rows, dtype=np.int64).T
    return group, day


@pytest.mark.parametrize("most", [0, order_days.MOST_CELLS], ids=["order days alone", "a table of all"])
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(marked=pieces)
def test_order_days_are_numbered_by_group_and_day(
    marked: list[list[tuple[int, int]]], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_days, "MOST_CELLS", most)
    marks = Marks(Grid(GROUPS, FIRST_DAY, DAYS))
    for rows in marked:
        marks.add(*columns(rows))
    days = marks.numbered()
    expected = sorted({row for rows in marked for row in rows})
    assert list(zip(days.group.tolist(), days.day.tolist(), strict=True)) == expected
    numbers = days.numbers(*columns(expected))
    assert numbers.tolist() == list(range(len(days)))
    # They are multiplied by whatever else is told of an order.
    assert numbers.dtype == np.int64
    assert days.start.tolist() == [sum(group < g for group, _ in expected) for g in range(GROUPS + 1)]


def test_without_groups_there_are_no_order_days() -> None:
    days = Marks(Grid(0, FIRST_DAY, DAYS)).numbered()
    assert len(days) == 0
    assert days.start.tolist() == [0]
    days.numbers(np.zeros(2, dtype=np.int64), np.array([FIRST_DAY, FIRST_DAY + DAYS - 1]))
