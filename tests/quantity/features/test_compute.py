"""The computed history against SQL and a double loop, and what it may not depend on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quantity.features.calendar import date_to_day, day_to_date
from quantity.features.compute import PASSES, FeatureSet, compute_features
from quantity.features.definitions import (
    ATTRIBUTES,
    BASE,
    CALENDAR,
    FORMULAS,
    HISTORY_COLUMNS,
    LEVELS,
    SCOPES,
    columns_of,
)
from quantity.features.entities import derive_entities
from quantity.features.orders import Orders, sum_order_lines
from quantity.features.relative import evaluate
from tests.support.oracles import features_in_sql as sql
from tests.support.oracles.features_in_python import AMOUNTS, NaiveOrder, Row, naive_rows
from tests.support.orders.random_orders import FIRST_DAY, PACKS, PRODUCTS, STORES, Line, random_lines, raw_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from sqlite3 import Connection

    import pandas as pd

    from quantity.features.relative import Formula

SEEDS = range(2)
PAIR_LAGS = (1, 2, 3, 4, 5, 6, 7, 14, 28)
DAY_LAGS = (1, 3, 7)

STORED = [column.name for column in HISTORY_COLUMNS + CALENDAR]

PRODUCT_IDS = range(1, PRODUCTS + 1)

FIRST_MEASURES = ("qty", "log_qty", "log_price")
LATER_MEASURES = ("lift", "residual", "abs_residual")
"""Above levels that are rounded to float32, which the double loop does not do."""

ROUNDING = 2e-6
"""What that rounding may make of a number near one."""

DECAYED = {
    name: found.groups()
    for name in STORED
    if (found := re.fullmatch(rf"(ew[mns])_({'|'.join(FIRST_MEASURES + LATER_MEASURES)})_(\w+)_h(\d+)d", name))
}
"""Part, measure, scope and half-life of each decayed statistic: its name says what it is."""

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
    **{
        name: sql.decayed(part, measure, scope, int(half_life))
        for name, (part, measure, scope, half_life) in DECAYED.items()
    },
    "checkout_dow": "SELECT i, (CAST(strftime('%w', day * 86400, 'unixepoch') AS INTEGER) + 6) % 7 FROM o",
    "checkout_day": sql.calendar("%d"),
    "checkout_month": sql.calendar("%m"),
}
"""Every numeric feature, in SQL, but for the mode's share, which has its own test."""


def compute(lines: Iterable[Line]) -> tuple[Orders, FeatureSet]:
    raw = raw_tables(lines)
    orders = sum_order_lines(raw.order_items)
    return orders, compute_features(orders, derive_entities(raw))


def formulas_of(history: pd.DataFrame) -> dict[str, np.ndarray]:
    return evaluate(FORMULAS, {name: history[name].to_numpy() for name in STORED})


def naive_rows_of(orders: Orders, history: pd.DataFrame) -> list[Row]:
    known = history.astype(object).where(history.notna(), None)
    attributes = (known["region_id"], known["category"], known["sub_category"])
    rows = zip(
        orders.store_id.tolist(),
        orders.product_id.tolist(),
        orders.day.tolist(),
        orders.quantity.tolist(),
        orders.case_price_cents.tolist(),
        *attributes,
        strict=True,
    )
    names = [*AMOUNTS, "last_case_price_cents_store_product"]
    amounts = [dict(zip(names, values, strict=True)) for values in history[names].to_numpy(np.float64).tolist()]
    return naive_rows([NaiveOrder(*row) for row in rows], amounts)


@dataclass(frozen=True)
class Computed:
    """Features, the double loop's rows, and a database of the orders with the measures of those rows."""

    features: FeatureSet
    rows: list[Row]
    database: Connection


@pytest.fixture(scope="module", params=SEEDS)
def computed(request: pytest.FixtureRequest) -> Iterator[Computed]:
    orders, features = compute(random_lines(request.param, count=300))
    rows = naive_rows_of(orders, features.history)
    measures = {name: [row[name] for row in rows] for name in FIRST_MEASURES + LATER_MEASURES}
    database = sql.connect(orders, features, measures)
    yield Computed(features, rows, database)
    database.close()


def test_every_stored_number_has_an_oracle() -> None:
    shares = {f"qty_mode_share_{scope}" for scope in ("product", "store", "store_product")}
    assert set(STORED) == set(QUERIES) | shares


@pytest.mark.parametrize("name", QUERIES)
def test_history_equals_sql(computed: Computed, name: str) -> None:
    expected = sql.column(computed.database, QUERIES[name]).to_numpy()
    relative, absolute = tolerances_of(name)
    found = computed.features.history[name].to_numpy()
    if found.dtype == np.float32:
        # Half a step of what is stored.
        relative = max(relative, float(np.finfo(np.float32).eps) / 2)
    np.testing.assert_allclose(found, expected, rtol=relative, atol=absolute, equal_nan=True)


def tolerances_of(name: str) -> tuple[float, float]:
    """How far a column may be from its oracle, relative to it and at all."""
    if name not in DECAYED:
        return 1e-12, 0.0
    part, measure, *_ = DECAYED[name]
    if part != "ewn" and measure in LATER_MEASURES:
        return ROUNDING, ROUNDING
    # The deviation of equal values is the square root of a difference that is next to nothing.
    return 1e-9, 1e-7 if part == "ews" else 1e-9


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
def test_formulas_equal_the_double_loop(computed: Computed, formula: Formula) -> None:
    expected = np.array([row[formula.name] for row in computed.rows])
    found = formulas_of(computed.features.history)[formula.name]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=ROUNDING, atol=ROUNDING, equal_nan=True)


@pytest.mark.parametrize("name", [formula.name for formula in (*LEVELS.formulas, *BASE.formulas)])
def test_something_is_always_expected(computed: Computed, name: str) -> None:
    """A level falls back to a coarser one and in the end to 0: it is never missing."""
    assert not np.isnan(formulas_of(computed.features.history)[name]).any()


@pytest.mark.parametrize("scope", ["product", "store", "store_product"])
def test_mode_share_equals_sql(computed: Computed, scope: str) -> None:
    frequency = sql.column(computed.database, sql.mode(scope, "frequency"))
    count = sql.column(computed.database, sql.before(scope, "COUNT(*)"))
    expected = (frequency / count.where(count > 0)).to_numpy()
    found = computed.features.history[f"qty_mode_share_{scope}"].to_numpy()
    np.testing.assert_allclose(found, expected, equal_nan=True)


def test_order_lines_of_one_day_are_summed_and_their_price_is_weighted() -> None:
    orders, _ = compute([(1, 1, 0, 2, 100), (1, 1, 0, 6, 300), (1, 1, 1, 1, 50)])
    assert orders.quantity.tolist() == [8, 1]
    assert orders.case_price_cents.tolist() == [250.0, 50.0]


PROBE_DAY = 60


def lines_of(days: st.SearchStrategy[int]) -> st.SearchStrategy[Line]:
    cases, cents = st.sampled_from(PACKS), st.integers(100, 103)
    return st.tuples(st.integers(1, STORES), st.integers(1, PRODUCTS), days, cases, cents)


@settings(max_examples=25, deadline=None)
@given(
    past=st.lists(lines_of(st.integers(0, PROBE_DAY - 1)), max_size=25),
    later=st.lists(lines_of(st.integers(PROBE_DAY, PROBE_DAY + 5)), min_size=1, max_size=15),
    probe=lines_of(st.just(PROBE_DAY)),
)
def test_nothing_on_or_after_a_date_changes_its_features(past: list[Line], later: list[Line], probe: Line) -> None:
    """No leakage: the features of an order, and what formulas make of them, are the same whatever happens then."""
    alone = features_of(probe, past)
    assert len(alone) == len(STORED) + len(FORMULAS)
    np.testing.assert_array_equal(features_of(probe, past + later), alone)


def features_of(probe: Line, others: list[Line]) -> np.ndarray:
    store, product, day, *_ = probe
    of_probe = {(store, product, day): probe}
    _, features = compute(({row[:3]: row for row in others} | of_probe).values())
    history = features.history
    date = history["checkout_date"].to_numpy("datetime64[D]")
    row = history[(history["store_id"] == store) & (history["product_id"] == product) & (date == FIRST_DAY + day)]
    return np.concatenate([row[STORED].to_numpy(np.float64).ravel(), *formulas_of(row).values()])


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
    assert list(features.history) == ["store_id", "product_id", "checkout_date", "quantity", *STORED, *ATTRIBUTES]
    assert all(
        features.history[column.name].dropna().mod(1).eq(0).all() for column in HISTORY_COLUMNS if column.integer
    )


def test_there_is_no_latest_state_of_a_day_before_the_last_order() -> None:
    orders = sum_order_lines((raw := raw_tables(random_lines(seed=1))).order_items)
    with pytest.raises(ValueError, match="on or after the as-of date"):
        compute_features(orders, derive_entities(raw), as_of=day_to_date(int(orders.day.max())))


@pytest.mark.parametrize("silent_days", [0, 9])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_latest_state_is_what_the_next_orders_would_get(seed: int, silent_days: int) -> None:
    """Every store orders every product on the snapshot's date: those rows of the history are the latest state."""
    past = random_lines(seed, count=120)
    next_day = max(row[2] for row in past) + 1 + silent_days
    everything = [(store, product, next_day, 1, 100) for store in range(1, STORES + 1) for product in PRODUCT_IDS]
    raw = raw_tables([*past, *everything])
    entities = derive_entities(raw)
    as_of = (FIRST_DAY + next_day).astype(object) if silent_days else None
    latest = compute_features(sum_order_lines(raw_tables(past).order_items), entities, as_of=as_of)
    history = compute_features(sum_order_lines(raw.order_items), entities).history
    rows = history[history["checkout_date"].to_numpy("datetime64[D]") == np.datetime64(latest.as_of)]
    assert len(rows) == len(everything)
    for scope, key in SCOPES.items():
        columns = columns_of(scope)
        found = rows[list(key)].merge(latest.latest[scope], how="left", on=list(key), indicator=True)
        for column in columns:
            # A pair that has no group yet has no order; what is not known has no group at all.
            known = rows[list(key)].notna().all(axis=1).to_numpy()
            of_group = np.where(found["_merge"] == "both", found[column.name], np.where(known, column.empty, np.nan))
            np.testing.assert_array_equal(rows[column.name].to_numpy(), of_group, err_msg=column.name)


def test_progress_is_reported_as_often_as_announced() -> None:
    raw = raw_tables(random_lines(seed=1, count=30))
    done: list[int] = []
    orders = sum_order_lines(raw.order_items)
    compute_features(orders, derive_entities(raw), done.append)
    assert sum(done) == PASSES * len(orders)
