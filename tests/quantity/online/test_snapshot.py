"""The latest state in memory equals the history row that the next order gets."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import product as every_combination
from typing import TYPE_CHECKING

import numpy as np
import pytest

from quantity.features.calendar import MOST_AGEING_DAYS, date_to_day
from quantity.features.definitions import INPUTS, ROW, SCOPES, columns_of, served_columns_of
from quantity.online.compile import compile_model
from quantity.online.kernel import COLD_START, OK, UNKNOWN_PRODUCT, UNKNOWN_STORE
from quantity.online.predictor import Predictor
from quantity.online.snapshot import READ, Snapshot
from tests.support.models.generated_market import generated_model
from tests.support.orders.random_orders import FIRST_DAY, PRODUCTS, STORES, random_lines
from tests.support.orders.random_snapshots import compute, snapshot_of

if TYPE_CHECKING:
    import pandas as pd

SEEDS = range(3)


def features_of(snapshot: Snapshot, store: int, product: int, date: dt.date) -> tuple[int, dict[str, float]]:
    """A pair's status and its row."""
    status, rows = Predictor(compile_model(generated_model()), snapshot).features(
        np.array([store]), np.array([product]), date
    )
    return int(status[0]), dict(zip(ROW, rows[0].tolist(), strict=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_latest_state_is_the_next_history_row(seed: int) -> None:
    """Whole rows, codes and formulas too, of every pair, also those that never ordered together."""
    past = [line for line in random_lines(seed, count=60) if line[0] != STORES or line[1] < 3]
    features = compute(past)
    snapshot = snapshot_of(features)
    predictor = Predictor(compile_model(generated_model()), snapshot)
    day = date_to_day(features.as_of) - int(FIRST_DAY.astype(int))
    statuses = []
    for store, product in every_combination(range(1, STORES + 1), range(1, PRODUCTS + 1)):
        known = store in snapshot.store_id and product in snapshot.product_id
        if not known:
            continue
        history = compute([*past, (store, product, day, 1, 100)]).history
        rows = history[(history["store_id"] == store) & (history["product_id"] == product)]
        expected = generated_model().encoder_.transform(rows.iloc[-1:][list(INPUTS)])
        status, looked_up = predictor.features(np.array([store]), np.array([product]), features.as_of)
        np.testing.assert_array_equal(looked_up, expected)
        assert status[0] == (OK if len(rows) > 1 else COLD_START)
        statuses.append(status[0])
    assert len(statuses) > 20
    assert set(statuses) == {OK, COLD_START}


def test_days_since_an_event_go_on_counting_to_the_requested_date() -> None:
    features = compute([(1, 1, 0, 2, 100), (1, 2, 4, 2, 100)])
    snapshot = snapshot_of(features)

    def days_since(date: dt.date) -> float:
        return features_of(snapshot, 1, 1, date)[1]["days_since_store_product"]

    assert days_since(features.as_of) == 5
    assert days_since(features.as_of + dt.timedelta(days=10)) == 15
    assert days_since(features.as_of + dt.timedelta(days=1000)) == 5 + MOST_AGEING_DAYS, "nobody knows more"
    assert days_since(features.as_of - dt.timedelta(days=10)) == 5, "the past is that of the snapshot"


def test_unknown_stores_and_products_are_told_apart() -> None:
    snapshot = snapshot_of(compute([(1, 1, 0, 2, 100)]))
    statuses = [features_of(snapshot, *pair, dt.date(2022, 1, 2))[0] for pair in [(1, 1), (99, 1), (1, 99), (99, 99)]]
    assert statuses == [OK, UNKNOWN_STORE, UNKNOWN_PRODUCT, UNKNOWN_STORE]


def test_calendar_is_that_of_the_requested_date() -> None:
    snapshot = snapshot_of(compute([(1, 1, 0, 2, 100)]))
    _, row = features_of(snapshot, 1, 1, dt.date(2024, 2, 29))
    assert (row["checkout_dow"], row["checkout_day"], row["checkout_month"]) == (3, 29, 2)


def test_only_what_the_model_reads_is_held() -> None:
    features = compute(random_lines(0, count=60))
    snapshot = snapshot_of(features)
    for scope in SCOPES:
        held, stored = snapshot.scopes[scope].features.shape[1], len(columns_of(scope))
        assert held == len(served_columns_of(scope)) < stored


def test_no_more_columns_are_needed_than_are_said_to_be_read() -> None:
    features = compute(random_lines(0, count=60))
    narrow = replace(features, latest={scope: features.latest[scope][list(READ[scope])] for scope in SCOPES})

    whole, of_narrow = snapshot_of(features), snapshot_of(narrow)

    for scope in SCOPES:
        np.testing.assert_array_equal(of_narrow.scopes[scope].features, whole.scopes[scope].features)
        np.testing.assert_array_equal(of_narrow.scopes[scope].keys, whole.scopes[scope].keys)


@pytest.mark.parametrize("rows", [1, 7, 1000])
def test_pieces_in_any_order_make_the_same_snapshot(rows: int) -> None:
    features = compute(random_lines(0, count=60))
    whole = snapshot_of(features)

    def pieces(scope: str) -> list[pd.DataFrame]:
        frame = features.latest[scope].sample(frac=1, random_state=rows)
        return [frame] if scope in {"store", "product"} else [frame[i : i + rows] for i in range(0, len(frame), rows)]

    built = Snapshot.build_in_pieces(whole.info, {scope: pieces(scope) for scope in SCOPES})

    for scope in SCOPES:
        np.testing.assert_array_equal(built.scopes[scope].features, whole.scopes[scope].features)
        np.testing.assert_array_equal(built.scopes[scope].keys, whole.scopes[scope].keys)
