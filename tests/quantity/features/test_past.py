"""Rows from a day on, computed with the levels of the orders before it, are those of a history computed whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from quantity.features.compute import LEVELS_OF_ROWS, compute_features, stream_features
from quantity.features.entities import derive_entities
from quantity.features.orders import Orders, sum_order_lines
from quantity.features.past import LEVELS, Past
from tests.support.orders.random_orders import random_lines, raw_tables
from training.sample_data.synthetic import synthetic_tables

if TYPE_CHECKING:
    from quantity.raw import RawTables

MARKETS = {"a few pairs": raw_tables(random_lines(4, count=150)), "a market": synthetic_tables(2000, weeks=30)}


@pytest.fixture(params=MARKETS)
def raw(request: pytest.FixtureRequest) -> RawTables:
    return MARKETS[request.param]


def levels_of(orders: Orders, raw: RawTables) -> dict[str, np.ndarray]:
    pieces = stream_features(orders, derive_entities(raw)).pieces()
    levels = pd.concat([frame for name, frame in pieces if name == LEVELS_OF_ROWS])
    return {name: levels[name].to_numpy(copy=True) for name in LEVELS}


@pytest.mark.parametrize("days_back", [0, 1, 9, 10**4])
@pytest.mark.parametrize("size", [50, 10**5])
def test_rows_after_the_past_are_those_of_the_whole_history(raw: RawTables, days_back: int, size: int) -> None:
    orders, entities = sum_order_lines(raw.order_items), derive_entities(raw)
    end = int(orders.day.max()) - days_back + 1
    levels = levels_of(orders, raw)
    for values in levels.values():
        values[orders.day >= end] = np.nan
    found = compute_features(orders, entities, past=Past(end, levels), chunk_orders=size)
    whole = compute_features(orders, entities)
    expected = whole.history[orders.day >= end].reset_index(drop=True)
    assert len(expected) == (orders.day >= end).sum()
    pd.testing.assert_frame_equal(found.history, expected, check_exact=True)
    for scope, frame in whole.latest.items():
        pd.testing.assert_frame_equal(found.latest[scope], frame, check_exact=True)


def test_later_orders_leave_no_trace_in_earlier_levels(raw: RawTables) -> None:
    orders = sum_order_lines(raw.order_items)
    early = orders.day <= np.median(orders.day)
    for name, values in levels_of(orders.take(np.flatnonzero(early)), raw).items():
        assert values.tobytes() == levels_of(orders, raw)[name][early].tobytes()
