"""The raw tables' checks: sound tables pass, and every kind of fault is told with its table, column and rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from quantity.db.tables import NEXT, replaced_tables
from tests.support.publishing.published_market import ROWS, execute, market, publish_market
from training.publish.tidying import tidy
from training.quality.checks import faults
from training.quality.raw_tables import RawLimits, check_raw_tables

if TYPE_CHECKING:
    from sqlalchemy import Engine

TODAY = dt.date(2024, 12, 31)
"""Two days after the last order."""


def told(engine: Engine, limits: RawLimits | None = None, today: dt.date = TODAY) -> list[str]:
    """The faults, as the report tells them."""
    found = faults(check_raw_tables(engine, limits or RawLimits(), today))
    return [f"{check.name}: {check.fault}" for check in found]


def without_constraints(table: str) -> tuple[str, ...]:
    """Statements that make a raw table anew, as a loader that knows no keys would."""
    return (
        f"CREATE TABLE loaded AS SELECT * FROM {table}",
        f"DROP TABLE {table}",
        f"CREATE TABLE {table} AS SELECT * FROM loaded",
        f"INSERT INTO {table} SELECT * FROM {table} LIMIT 1",
    )


def test_sound_tables_have_no_fault(engine: Engine) -> None:
    publish_market(engine)
    assert told(engine) == []


def test_orders_alone_are_no_fault(engine: Engine) -> None:
    raw = market()
    publish_market(engine, raw=replace(raw, product_tags=raw.product_tags.iloc[:0], stores=raw.stores.iloc[:0]))
    assert told(engine) == []


def test_missing_prices_and_brands_are_no_fault(sqlite_engine: Engine) -> None:
    publish_market(sqlite_engine)
    execute(sqlite_engine, "UPDATE fact_order_items SET variant_case_price_cents = NULL, brand_id = NULL")
    assert told(sqlite_engine) == []


def test_the_days_after_today_on_which_orders_may_be_are_a_limit(sqlite_engine: Engine) -> None:
    publish_market(sqlite_engine)
    execute(sqlite_engine, "UPDATE fact_order_items SET checkout_date = '2025-01-06' WHERE line = 5")
    assert told(sqlite_engine, RawLimits(future_days=6)) == []
    (fault,) = told(sqlite_engine, RawLimits(future_days=5))
    assert "not in the future (after 2025-01-05) (line 5)" in fault


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("DELETE FROM fact_order_items", "fact_order_items: rows: the table is empty"),
        ("DELETE FROM dim_store", "dim_store: rows: the table is empty, and snapshot 1 knows attributes of "),
        ("DELETE FROM dim_product", "dim_product: rows: the table is empty, and snapshot 1 knows attributes of "),
        ("DROP TABLE dim_product", "dim_product: columns: no such table: load the CSV files first"),
        ("ALTER TABLE dim_store DROP COLUMN region_id", "dim_store: columns: the table has no column region_id"),
        (
            "UPDATE fact_order_items SET quantity = 0 WHERE line = 3",
            "fact_order_items: quantity: 1 row without a quantity of at least 1 (line 3)",
        ),
        (
            "UPDATE fact_order_items SET quantity = -quantity WHERE line BETWEEN 11 AND 17",
            "fact_order_items: quantity: 7 rows without a quantity of at least 1 (line 11, 12, 13, 14, 15, …)",
        ),
        (
            "UPDATE fact_order_items SET variant_case_price_cents = -1 WHERE line = 5",
            "fact_order_items: variant_case_price_cents: 1 row without a price of at least 0 (line 5)",
        ),
        (
            "UPDATE fact_order_items SET store_id = 0 WHERE line = 5",
            "fact_order_items: store_id: 1 row without an id from 1 to 2147483647 (line 5)",
        ),
        (
            "UPDATE fact_order_items SET checkout_date = '2025-01-02' WHERE line = 5",
            "checkout_date: 1 row without a date that is not in the future (after 2025-01-01) (line 5)",
        ),
        (
            "UPDATE fact_order_items SET checkout_date = '1899-12-31' WHERE line = 5",
            "fact_order_items: checkout_date: 1 row without a date from 1900-01-01 to 2199-12-31 (line 5)",
        ),
        (
            "UPDATE fact_order_items SET store_id = 99 WHERE line > 1500",
            "store_id in dim_store: 1,6",
        ),
        (
            "UPDATE fact_order_items SET product_id = product_id + 5000 WHERE line > 1500",
            "product_id in dim_product: ",
        ),
        (
            "DELETE FROM fact_order_items WHERE line > 2000",
            "2,000 now, 3,000 in snapshot 1: 33% of the order lines are gone",
        ),
        (
            "DELETE FROM fact_order_items WHERE checkout_date = '2024-12-29'",
            "last order 2024-12-28 now, 2024-12-29 in snapshot 1: the latest orders are gone",
        ),
    ],
)
def test_a_fault_is_told_with_its_place(engine: Engine, change: str, expected: str) -> None:
    publish_market(engine)
    execute(engine, change)
    assert any(expected in fault for fault in told(engine)), told(engine)


def test_empty_values_and_repeated_stores_are_found_in_tables_that_a_loader_made_anew(engine: Engine) -> None:
    publish_market(engine)
    execute(engine, *without_constraints("dim_store"), "DROP TABLE loaded", *without_constraints("fact_order_items"))
    execute(
        engine, "ALTER TABLE fact_order_items DROP COLUMN quantity", "ALTER TABLE fact_order_items ADD quantity INT"
    )
    found = told(engine)
    assert any(fault.startswith("dim_store: one row a store: several rows of store_id ") for fault in found), found
    expected = f"fact_order_items: all columns: {ROWS + 1:,} rows without a value in every required column"
    assert any(fault.startswith(expected) for fault in found), found


def test_lines_of_unknown_stores_and_products_are_kept_up_to_a_limit(sqlite_engine: Engine) -> None:
    publish_market(sqlite_engine)
    assert told(sqlite_engine, RawLimits(max_unknown_share=0.2)) == []
    assert len(told(sqlite_engine, RawLimits(max_unknown_share=0.01))) == 2


def test_old_orders_are_a_fault_only_where_an_age_is_given(sqlite_engine: Engine) -> None:
    publish_market(sqlite_engine)
    assert told(sqlite_engine, RawLimits(max_age_days=2)) == []
    assert told(sqlite_engine, today=dt.date(2030, 1, 1)) == []
    (fault,) = told(sqlite_engine, RawLimits(max_age_days=1))
    assert fault.startswith("fact_order_items: freshness: the last order is 2 days old, at most 1 are expected")


def test_more_orders_than_the_published_snapshot_had_are_no_fault(sqlite_engine: Engine) -> None:
    raw = market()
    publish_market(sqlite_engine)
    more = raw.order_items.assign(line=range(ROWS + 1, 2 * ROWS + 1), checkout_date="2024-12-30")
    more.to_sql("fact_order_items", sqlite_engine, if_exists="append", index=False)
    assert told(sqlite_engine) == []


def test_tables_that_nothing_was_published_of_are_checked_alike(sqlite_engine: Engine) -> None:
    publish_market(sqlite_engine)
    execute(sqlite_engine, "DROP TABLE published_snapshot")
    assert told(sqlite_engine) == []


def test_what_an_earlier_run_left_unfinished_does_not_matter(sqlite_engine: Engine) -> None:
    publish_market(sqlite_engine)
    replaced_tables(NEXT)["fact_order_items"].create(sqlite_engine)
    assert told(sqlite_engine) == []
    tidy(sqlite_engine)
