"""The computed history against SQL, and what it may not depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quantity.features.calendar import date_to_day
from quantity.features.compute import FeatureSet, compute_features
from quantity.features.definitions import FEATURES, HISTORY_COLUMNS, NUMERIC_FEATURES, SCOPES
from quantity.features.entities import derive_entities
from quantity.features.orders import Orders, sum_order_lines
from tests.quantity.features import sql_oracle as sql
from tests.quantity.features.random_orders import PACKS, PRODUCTS, STORES, Line, random_lines, raw_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from sqlite3 import Connection

SEEDS = range(3)
PAIR_LAGS = (1, 2, 3, 4, 5, 6, 7, 14, 28)
DAY_LAGS = (1, 3, 7)

QUERIES: dict[str, str] = {
    **{f"avg_qty_{scope}_l30d": sql.window(scope, "AVG(quantity)", 30) for scope in SCOPES},
    **{f"cnt_{scope}_l30d": sql.window(scope, "COUNT(*)", 30) for scope in SCOPES},
    **{f"qty_store_product_lag_{lag}": sql.pair_lag(lag) for lag in PAIR_LAGS},
    "days_since_store_product": sql.days_since_pair(),
    "median_gap_days_store_product": sql.median_gap(),
    **{f"dcnt_product_store_lag_{k}": sql.day_lag("COUNT(DISTINCT product_id)", k) for k in DAY_LAGS},
    **{f"dcnt_cate_store_lag_{k}": sql.day_lag("COUNT(DISTINCT category)", k) for k in DAY_LAGS},
    **{f"dcnt_subcate_store_lag_{k}": sql.day_lag("COUNT(DISTINCT sub_category)", k) for k in DAY_LAGS},
    **{f"sum_qty_store_lag_{k}": sql.day_lag("SUM(quantity)", k) for k in DAY_LAGS},
    **{
        f"qty_q{percent}_{scope}": sql.quartile(scope, percent)
        for scope in ("product", "store", "store_product")
        for percent in (25, 50, 75)
    },
    **{f"qty_mode_{scope}": sql.mode(scope, "quantity") for scope in ("product", "store", "store_product")},
    **{f"cnt_{scope}": sql.before(scope, "COUNT(*)") for scope in ("product", "store", "store_product")},
    **{f"last_case_price_cents_{scope}": sql.last_price(scope) for scope in ("product", "store_product")},
    "checkout_dow": "SELECT i, (CAST(strftime('%w', day * 86400, 'unixepoch') AS INTEGER) + 6) % 7 FROM o",
    "checkout_day": sql.calendar("%d"),
    "checkout_month": sql.calendar("%m"),
}
"""Every numeric feature, in SQL, but for the mode's share, which has its own test."""


def compute(lines: Iterable[Line]) -> tuple[Orders, FeatureSet]:
    raw = raw_tables(lines)
    orders = sum_order_lines(raw.order_items)
    return orders, compute_features(orders, derive_entities(raw))


@pytest.fixture(scope="module", params=SEEDS)
def computed(request: pytest.FixtureRequest) -> Iterator[tuple[FeatureSet, Connection]]:
    orders, features = compute(random_lines(request.param))
    database = sql.connect(orders, features)
    yield features, database
    database.close()


def test_every_numeric_feature_has_an_oracle() -> None:
    shares = {f"qty_mode_share_{scope}" for scope in ("product", "store", "store_product")}
    assert set(NUMERIC_FEATURES) == set(QUERIES) | shares


@pytest.mark.parametrize("name", QUERIES)
def test_history_equals_sql(computed: tuple[FeatureSet, Connection], name: str) -> None:
    features, database = computed
    expected = sql.column(database, QUERIES[name]).to_numpy()
    np.testing.assert_allclose(features.history[name].to_numpy(), expected, rtol=1e-12, equal_nan=True)


@pytest.mark.parametrize("scope", ["product", "store", "store_product"])
def test_mode_share_equals_sql(computed: tuple[FeatureSet, Connection], scope: str) -> None:
    features, database = computed
    frequency = sql.column(database, sql.mode(scope, "frequency"))
    count = sql.column(database, sql.before(scope, "COUNT(*)"))
    expected = (frequency / count.where(count > 0)).to_numpy()
    np.testing.assert_allclose(features.history[f"qty_mode_share_{scope}"].to_numpy(), expected, equal_nan=True)


def test_order_lines_of_one_day_are_summed_and_their_price_is_weighted() -> None:
    orders, _ = compute([(1, 1, 0, 2, 100), (1, 1, 0, 6, 300), (1, 1, 1, 1, 50)])
    assert orders.quantity.tolist() == [8, 1]
    assert orders.case_price_cents.tolist() == [250.0, 50.0]


lines = st.tuples(
    st.integers(1, STORES),
    st.integers(1, PRODUCTS),
    st.integers(0, 60),
    st.sampled_from(PACKS),
    st.integers(100, 103),
)


def one_a_day(rows: Iterable[Line]) -> list[Line]:
    return list({row[:3]: row for row in rows}.values())


@settings(max_examples=60, deadline=None)
@given(
    past=st.lists(lines, max_size=25),
    future=st.lists(lines, max_size=10),
    other_future=st.lists(lines, max_size=10),
    probe=lines,
)
def test_nothing_on_or_after_a_date_changes_its_features(
    past: list[Line], future: list[Line], other_future: list[Line], probe: Line
) -> None:
    """No leakage: the features of an order are the same whatever happens that day and later."""
    store, product, day, *_ = probe
    before = [row for row in past if row[2] < day]

    def features_of_probe(later: list[Line]) -> np.ndarray:
        rows = one_a_day(before + [row for row in later if row[2] >= day] + [probe])
        orders, features = compute(rows)
        wanted = (orders.store_id == store) & (orders.product_id == product)
        wanted &= features.history["checkout_date"].to_numpy("datetime64[D]") == np.datetime64("2022-01-01") + day
        (row,) = features.history.loc[wanted, list(NUMERIC_FEATURES)].to_numpy(np.float64)
        return np.asarray(row)

    alone = features_of_probe([])
    np.testing.assert_array_equal(features_of_probe(future), alone)
    np.testing.assert_array_equal(features_of_probe(other_future), alone)


def test_features_do_not_depend_on_the_order_of_the_lines() -> None:
    rows = random_lines(seed=7)
    _, features = compute(rows)
    _, shuffled = compute([rows[i] for i in np.random.default_rng(0).permutation(len(rows))])
    assert features.history.equals(shuffled.history)


def test_as_of_date_is_the_day_after_the_last_order() -> None:
    orders, features = compute(random_lines(seed=1))
    assert date_to_day(features.as_of) == orders.day.max() + 1


def test_columns_are_the_keys_the_target_and_the_features() -> None:
    _, features = compute(random_lines(seed=1))
    assert list(features.history) == ["store_id", "product_id", "checkout_date", "quantity", *FEATURES]
    assert all(
        features.history[column.name].dropna().mod(1).eq(0).all() for column in HISTORY_COLUMNS if column.integer
    )
