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
    from quantity.features.entities import Entities
    from quantity.raw import RawTables

MARKETS = {"a few pairs": raw_tables(random_lines(4, count=150)), "a market": synthetic_tables(2000, weeks=30)}


@pytest.fixture(params=MARKETS)
def raw(request: pytest.FixtureRequest) -> RawTables:
    return MARKETS[request.param]


def levels_of(orders: Orders, raw: RawTables) -> dict[str, np.ndarray]:
    pieces = stream_features(orders, derive_entities(raw)).pieces()
    levels = pd.concat([frame for name, frame in pieces if name == LEVELS_OF_ROWS])
    return {name: levels[name].to_numpy(copy=True) for name in LEVELS}


class Memory:
    """Keeps totals, and gives them back."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], np.ndarray] = {}
        self.vocabularies: dict[tuple[str, str], np.ndarray] = {}

    def keep(self, scope: str, name: str, values: np.ndarray) -> None:
        self.kept[scope, name] = values.copy()

    def keep_labels(self, scope: str, attribute: str, code: np.ndarray, vocabulary: np.ndarray) -> None:
        self.keep(scope, attribute, code)
        self.vocabularies[scope, attribute] = vocabulary

    def values(self, scope: str, name: str) -> np.ndarray:
        return self.kept[scope, name]

    def labels(self, scope: str, attribute: str) -> tuple[np.ndarray, np.ndarray]:
        return self.kept[scope, attribute], self.vocabularies[scope, attribute]


def totals_before(end: int, orders: Orders, entities: Entities) -> Memory:
    """What the run kept that computed the orders before a day."""
    memory = Memory()
    before = orders.take(np.flatnonzero(orders.day < end))
    stream_features(before, entities, keeper=memory)
    return memory


@pytest.mark.parametrize("days_back", [0, 1, 9, 10**4])
@pytest.mark.parametrize("size", [50, 10**5])
@pytest.mark.parametrize("are_totals_kept", [False, True], ids=["orders", "kept totals"])
def test_rows_after_the_past_are_those_of_the_whole_history(
    raw: RawTables, days_back: int, size: int, *, are_totals_kept: bool
) -> None:
    orders, entities = sum_order_lines(raw.order_items), derive_entities(raw)
    end = int(orders.day.max()) - days_back + 1
    levels = levels_of(orders, raw)
    for values in levels.values():
        values[orders.day >= end] = np.nan
    is_any_past = bool((orders.day < end).any())
    totals = totals_before(end, orders, entities) if are_totals_kept and is_any_past else None
    found = compute_features(orders, entities, past=Past(end, levels, totals), chunk_orders=size)
    whole = compute_features(orders, entities)
    expected = whole.history[orders.day >= end].reset_index(drop=True)
    assert len(expected) == (orders.day >= end).sum()
    pd.testing.assert_frame_equal(found.history, expected, check_exact=True)
    for scope, frame in whole.latest.items():
        pd.testing.assert_frame_equal(found.latest[scope], frame, check_exact=True)


def test_what_is_kept_night_after_night_is_what_all_orders_add_up_to(raw: RawTables) -> None:
    """Of a night the later orders alone: with those of the nights before they are the totals of all."""
    orders, entities = sum_order_lines(raw.order_items), derive_entities(raw)
    end = int(np.median(orders.day))
    first, later, whole = totals_before(end, orders, entities), Memory(), Memory()
    stream_features(orders, entities, past=Past(end, levels_of(orders, raw), first), keeper=later)
    stream_features(orders, entities, keeper=whole)
    assert first.kept.keys() == later.kept.keys() == whole.kept.keys()
    for (scope, name), values in whole.kept.items():
        of_nights = np.concatenate([first.kept[scope, name], later.kept[scope, name]])
        np.testing.assert_array_equal(np.sort(of_nights), np.sort(values), err_msg=f"{scope} {name}")


def test_totals_of_a_label_that_is_gone_are_refused(raw: RawTables) -> None:
    orders, entities = sum_order_lines(raw.order_items), derive_entities(raw)
    end = int(np.median(orders.day))
    totals = totals_before(end, orders, entities)
    totals.vocabularies["store", "store_id"] = totals.vocabularies["store", "store_id"] + 10**6
    with pytest.raises(ValueError, match="not known"):
        stream_features(orders, entities, past=Past(end, levels_of(orders, raw), totals))


def test_later_orders_leave_no_trace_in_earlier_levels(raw: RawTables) -> None:
    orders = sum_order_lines(raw.order_items)
    early = orders.day <= np.median(orders.day)
    for name, values in levels_of(orders.take(np.flatnonzero(early)), raw).items():
        assert values.tobytes() == levels_of(orders, raw)[name][early].tobytes()
