"""Features as an older snapshot would have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from quantity.features.calendar import MOST_AGEING_DAYS
from quantity.features.compute import compute_features, compute_frozen
from quantity.features.definitions import CALENDAR, HISTORY_COLUMNS
from quantity.features.entities import derive_entities
from quantity.features.orders import Orders, sum_order_lines
from tests.support.orders.random_orders import random_lines, raw_tables

if TYPE_CHECKING:
    from quantity.features.entities import Entities

HORIZONS = (1, 7, MOST_AGEING_DAYS, MOST_AGEING_DAYS + 12)
PROBES = np.arange(0, 160, 8)
"""Orders whose past is recomputed, one by one."""

AGES = [column.name for column in HISTORY_COLUMNS if column.ages]
HISTORY = [column.name for column in HISTORY_COLUMNS if not column.ages]


@pytest.fixture(scope="module")
def orders() -> Orders:
    return sum_order_lines(raw_tables(random_lines(seed=3, count=180, days=70)).order_items)


@pytest.fixture(scope="module")
def entities() -> Entities:
    return derive_entities(raw_tables(random_lines(seed=3, count=180, days=70)))


def test_a_snapshot_of_the_orders_own_date_has_the_rows_of_the_history(orders: Orders, entities: Entities) -> None:
    rows = np.random.default_rng(0).permutation(len(orders))[:50]
    (frozen,) = compute_frozen(orders, entities, rows, [0])
    history = compute_features(orders, entities).history.iloc[rows].reset_index(drop=True)
    pd.testing.assert_frame_equal(frozen, history, check_exact=True)


@pytest.fixture(scope="module", params=HORIZONS)
def frozen_and_truncated(
    request: pytest.FixtureRequest, orders: Orders, entities: Entities
) -> tuple[int, pd.DataFrame, pd.DataFrame]:
    """Orders as an older snapshot has them, and recomputed from nothing but the orders before that snapshot."""
    horizon = request.param
    (frozen,) = compute_frozen(orders, entities, PROBES, [horizon])
    truncated = [on_the_day_of_the_snapshot(orders, entities, row, horizon) for row in PROBES.tolist()]
    return horizon, frozen, pd.concat(truncated, ignore_index=True)


def on_the_day_of_the_snapshot(orders: Orders, entities: Entities, row: int, horizon: int) -> pd.DataFrame:
    """The row of the history that an order would have, had it been made on the day of the snapshot."""
    day = orders.day - horizon * (np.arange(len(orders)) == row)
    kept = np.flatnonzero((orders.day < day[row]) | (np.arange(len(orders)) == row))
    moved = Orders(orders.store_id, orders.product_id, day, orders.quantity, orders.case_price_cents).take(kept)
    history: pd.DataFrame = compute_features(moved, entities).history
    own: pd.DataFrame = history[kept == row]
    return own


def test_an_older_snapshot_knows_nothing_after_its_day(
    frozen_and_truncated: tuple[int, pd.DataFrame, pd.DataFrame],
) -> None:
    _, frozen, truncated = frozen_and_truncated
    pd.testing.assert_frame_equal(frozen[HISTORY], truncated[HISTORY], check_exact=True)


def test_days_since_an_event_count_on_for_a_while(
    frozen_and_truncated: tuple[int, pd.DataFrame, pd.DataFrame],
) -> None:
    horizon, frozen, truncated = frozen_and_truncated
    ages = truncated[AGES] + min(horizon, MOST_AGEING_DAYS)
    assert ages.notna().any(axis=None)
    pd.testing.assert_frame_equal(frozen[AGES], ages, check_exact=True)


def test_key_quantity_and_calendar_are_those_of_the_order(orders: Orders, entities: Entities) -> None:
    own = ["store_id", "product_id", "checkout_date", "quantity", *(column.name for column in CALENDAR)]
    (frozen,) = compute_frozen(orders, entities, PROBES, [7])
    history = compute_features(orders, entities).history.iloc[PROBES].reset_index(drop=True)
    pd.testing.assert_frame_equal(frozen[own], history[own])


def test_horizons_do_not_depend_on_each_other(orders: Orders, entities: Entities) -> None:
    together = compute_frozen(orders, entities, PROBES, HORIZONS)
    for horizon, frame in zip(HORIZONS, together, strict=True):
        (alone,) = compute_frozen(orders, entities, PROBES, [horizon])
        pd.testing.assert_frame_equal(frame, alone, check_exact=True)
