"""Neither the size of chunks and pieces nor how order days are numbered shows in the features."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from quantity.features import compute, views
from quantity.features.chunks import CHUNK_ORDERS, ChunkedOrders
from quantity.features.coarse import order_days
from quantity.features.compute import compute_asked, compute_features
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from quantity.features.timeline import ORDERS, Timeline
from tests.support.orders.random_orders import random_lines, raw_tables
from training.sample_data.synthetic import synthetic_tables

if TYPE_CHECKING:
    from quantity.features.compute import FeatureSet
    from quantity.raw import RawTables

MARKETS = {"a few pairs": raw_tables(random_lines(4, count=150)), "a market": synthetic_tables(2000, weeks=30)}


@pytest.fixture(params=MARKETS)
def raw(request: pytest.FixtureRequest) -> RawTables:
    return MARKETS[request.param]


def features_of(raw: RawTables, size: int = CHUNK_ORDERS) -> FeatureSet:
    return compute_features(sum_order_lines(raw.order_items), derive_entities(raw), chunk_orders=size)


def assert_same(found: FeatureSet, expected: FeatureSet) -> None:
    pd.testing.assert_frame_equal(found.history, expected.history, check_exact=True)
    assert found.latest.keys() == expected.latest.keys()
    for scope, frame in expected.latest.items():
        pd.testing.assert_frame_equal(found.latest[scope], frame, check_exact=True)


@pytest.mark.parametrize("size", [1, 7, 64])
def test_the_size_of_chunks_does_not_show(raw: RawTables, size: int) -> None:
    assert_same(features_of(raw, size), features_of(raw))


@pytest.mark.parametrize("size", [1, 10, 100])
def test_the_size_of_pieces_does_not_show(raw: RawTables, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = features_of(raw)
    monkeypatch.setattr(views, "PIECE", size)
    assert_same(features_of(raw), expected)


@pytest.mark.parametrize("worth_narrowing", [0, 2])
@pytest.mark.parametrize("most_rounds", [0, 10**6])
def test_whether_groups_are_asked_one_by_one_does_not_show(
    raw: RawTables, most_rounds: int, worth_narrowing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_ROUNDS", 2)
    expected = features_of(raw)
    monkeypatch.setattr(views, "MOST_ROUNDS", most_rounds)
    monkeypatch.setattr(views, "WORTH_NARROWING", worth_narrowing)
    assert_same(features_of(raw), expected)


def test_whether_all_cells_have_a_place_does_not_show(raw: RawTables, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = features_of(raw)
    monkeypatch.setattr(order_days, "MOST_CELLS", 0)
    assert_same(features_of(raw), expected)


def test_who_asks_gets_the_same_from_chunks_of_any_size(raw: RawTables, monkeypatch: pytest.MonkeyPatch) -> None:
    orders, entities = sum_order_lines(raw.order_items), derive_entities(raw)
    asked = orders.take(np.arange(0, len(orders), 5))
    expected = compute_asked(orders, entities, asked, asked.day - 3)
    monkeypatch.setattr(compute, "ChunkedOrders", partial(ChunkedOrders, size=11))
    pd.testing.assert_frame_equal(compute_asked(orders, entities, asked, asked.day - 3), expected, check_exact=True)


@pytest.mark.parametrize("size", [1, 9, 5000])
def test_chunks_are_all_orders_and_whole_pairs(raw: RawTables, size: int) -> None:
    orders = sum_order_lines(raw.order_items)
    chunks = list(ChunkedOrders(orders, derive_entities(raw), size).chunks())
    pairs = [set(zip(c.orders.store_id.tolist(), c.orders.product_id.tolist(), strict=True)) for c in chunks]
    assert sum(len(chunk.orders) for chunk in chunks) == len(orders)
    assert len(set.union(*pairs)) == sum(map(len, pairs)) == sum(len(chunk.pair_start) - 1 for chunk in chunks)
    assert np.concatenate([chunk.orders.quantity for chunk in chunks]).tolist() == orders.quantity.tolist()
    assert all(len(chunk.orders) >= size for chunk in chunks[:-1])


@pytest.mark.parametrize("size", [1, 5, 10**6])
def test_pieces_of_a_timeline_are_whole_groups(size: int) -> None:
    group, day = np.array([0, 0, 2, 2, 2, 3]), np.array([4, 6, 1, 2, 9, 5])
    orders = np.array([1, 2, 1, 1, 3, 1])
    whole = Timeline(group, day, np.searchsorted(group, np.arange(6)), {ORDERS: orders}, np.arange(9))
    pieces = list(whole.pieces(size))
    assert [piece.groups.start for piece in pieces] == [0, *(piece.groups.stop for piece in pieces[:-1])]
    assert pieces[-1].groups.stop == whole.n_groups
    for name in ("day", "cases"):
        parts = [getattr(piece.timeline, name) for piece in pieces]
        assert np.concatenate(parts).tolist() == getattr(whole, name).tolist()
    for piece in pieces:
        of_groups = piece.timeline
        assert of_groups.group.tolist() == np.repeat(np.arange(of_groups.n_groups), np.diff(of_groups.start)).tolist()
        assert len(of_groups.cases) == of_groups.columns[ORDERS].sum()
        assert whole.day[piece.first_row :].tolist()[: len(of_groups.day)] == of_groups.day.tolist()
        # One group, or no more than asked for.
        assert of_groups.n_groups == 1 or len(of_groups.day) + len(of_groups.cases) <= size
