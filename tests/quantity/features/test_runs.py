"""Order days: consecutive orders of one group on one day."""

from __future__ import annotations

from itertools import groupby

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from quantity.features.runs import OrderDays
from tests.support.orders.random_timelines import Entry, entries, timeline_of


@settings(deadline=None)
@given(rows=entries(st.integers(0, 6)))
def test_order_days_are_the_distinct_days_of_each_group(rows: list[Entry]) -> None:
    timeline = timeline_of(rows)
    days = OrderDays(timeline)
    orders = list(zip(timeline.group.tolist(), timeline.day.tolist(), timeline.columns["value"].tolist(), strict=True))
    runs = [(key, list(run)) for key, run in groupby(enumerate(orders), key=lambda order: order[1][:2])]
    assert list(zip(days.group.tolist(), days.day.tolist(), strict=True)) == [key for key, _ in runs]
    assert days.starts.tolist() == [run[0][0] for _, run in runs]
    assert days.of_order.tolist() == [at for at, (_, run) in enumerate(runs) for _ in run]
    sums = [sum(order[2] for _, order in run) for _, run in runs]
    np.testing.assert_allclose(days.sums(timeline.columns["value"]), sums, atol=1e-12)
    begun = [sum(start < position for start in days.starts) for position in range(len(orders) + 1)]
    assert days.before(np.arange(len(orders) + 1)).tolist() == begun
