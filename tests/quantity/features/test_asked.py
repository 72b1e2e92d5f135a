"""Features of orders that need not have been made, as a snapshot of some day has them."""

from __future__ import annotations

from dataclasses import fields
from itertools import product as every_combination

import numpy as np
import pandas as pd
import pytest

from quantity.features.calendar import MOST_AGEING_DAYS, date_to_day
from quantity.features.compute import compute_asked, compute_features, compute_frozen
from quantity.features.entities import Entities, derive_entities
from quantity.features.orders import Orders, sum_order_lines
from tests.support.orders.random_orders import FIRST_DAY, PRODUCTS, STORES, random_lines, raw_tables

LAST = STORES, PRODUCTS
"""A store and a product that never order together."""

RAW = raw_tables([line for line in random_lines(seed=5, count=150, days=60) if line[:2] != LAST])
DAYS = int(FIRST_DAY.astype(int)) + np.array([1, 20, 45, 59, 80])


@pytest.fixture(scope="module")
def orders() -> Orders:
    return sum_order_lines(RAW.order_items)


@pytest.fixture(scope="module")
def entities() -> Entities:
    return derive_entities(RAW)


def every_pair_on(days: np.ndarray) -> Orders:
    """Every store and product on every day."""
    grid = every_combination(range(1, STORES + 1), range(1, PRODUCTS + 1), days.tolist())
    store, product, day = np.array(list(grid)).T
    return Orders(store, product, day, np.ones_like(day), np.full(len(day), np.nan))


def with_one_more(orders: Orders, one: Orders) -> tuple[Orders, int]:
    """Orders and one more in their order, and its position."""
    columns = [np.append(getattr(orders, field.name), getattr(one, field.name)) for field in fields(Orders)]
    order = np.lexsort(columns[2::-1])
    return Orders(*(column[order] for column in columns)), int(np.flatnonzero(order == len(orders))[0])


def test_on_their_own_date_they_have_the_row_that_the_order_would_have_in_the_history(
    orders: Orders, entities: Entities
) -> None:
    asked = every_pair_on(DAYS[1:3])
    found = compute_asked(orders, entities, asked, asked.day)
    for i in range(0, len(asked), 7):
        before = orders.take(np.flatnonzero(orders.day < asked.day[i]))
        made, row = with_one_more(before, asked.take(np.array([i])))
        history = compute_features(made, entities).history
        pd.testing.assert_frame_equal(
            found.iloc[[i]].reset_index(drop=True), history.iloc[[row]].reset_index(drop=True), check_exact=True
        )


def test_they_do_not_know_each_other(orders: Orders, entities: Entities) -> None:
    asked = every_pair_on(DAYS)
    as_of = asked.day - np.arange(len(asked)) % 40
    together = compute_asked(orders, entities, asked, as_of)
    for rows in np.array_split(np.arange(len(asked)), 4):
        alone = compute_asked(orders, entities, asked.take(rows), as_of[rows])
        pd.testing.assert_frame_equal(alone, together.iloc[rows].reset_index(drop=True), check_exact=True)


@pytest.mark.parametrize("horizon", [0, 7, MOST_AGEING_DAYS + 12])
def test_those_that_were_made_are_as_an_older_snapshot_has_them(
    orders: Orders, entities: Entities, horizon: int
) -> None:
    rows = np.arange(0, len(orders), 3)
    (frozen,) = compute_frozen(orders, entities, rows, [horizon])
    made = orders.take(rows)
    pd.testing.assert_frame_equal(compute_asked(orders, entities, made, made.day - horizon), frozen, check_exact=True)


def test_a_pair_that_never_ordered_has_the_features_of_its_store_and_its_product(
    orders: Orders, entities: Entities
) -> None:
    asked = every_pair_on(DAYS[-1:])
    found = compute_asked(orders, entities, asked, asked.day)
    never = (found["store_id"] == LAST[0]) & (found["product_id"] == LAST[1])
    assert found.loc[never, "cnt_store_product"].tolist() == [0]
    assert found.loc[never, "qty_store_product_lag_1"].isna().all()
    assert (found.loc[never, ["cnt_store", "cnt_product"]] > 0).all(axis=None)
    assert (found.loc[~never, "cnt_store_product"] >= 0).all()


def test_the_latest_state_answers_for_the_day_after_the_last_order(orders: Orders, entities: Entities) -> None:
    features = compute_features(orders, entities)
    as_of = date_to_day(features.as_of)
    pairs = features.latest["store_product"]
    store, product = pairs["store_id"].to_numpy(), pairs["product_id"].to_numpy()
    asked = Orders(store, product, np.full(len(pairs), as_of), np.ones(len(pairs), int), np.full(len(pairs), np.nan))
    found = compute_asked(orders, entities, asked, asked.day)
    columns = [name for name in pairs if name in found]
    pd.testing.assert_frame_equal(found[columns], pairs[columns], check_exact=True)
