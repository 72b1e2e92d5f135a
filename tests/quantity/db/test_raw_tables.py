"""The raw tables come back from the database as they were published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from quantity.db.raw_tables import NoRawTablesError, read_raw_tables
from quantity.raw import RawTables
from tests.support.publishing.published import feature_set, raw
from training.publish.publishing import publish

if TYPE_CHECKING:
    from sqlalchemy import Engine


def publish_raw(engine: Engine, tables: RawTables) -> None:
    publish(engine, feature_set(), run_id="r", order_rows=len(tables.order_items), raw=tables)


def with_stores(**columns: pd.Series) -> RawTables:
    stores = raw().stores.assign(**columns)
    return RawTables(raw().order_items, raw().product_tags, stores)


def with_missing(*columns: str) -> RawTables:
    items = raw().order_items.astype(dict.fromkeys(columns, "Int64"))
    items.loc[items.index[::2], list(columns)] = pd.NA
    return RawTables(items, raw().product_tags, raw().stores)


@pytest.mark.parametrize(
    "tables",
    [
        raw(),
        with_stores(store_type=pd.Series([None] * 4, dtype="str"), region_id=pd.Series([None] * 4, dtype="Int64")),
        with_stores(region_id=pd.Series([2**63 - 1, None, 2**53 + 1, 0], dtype="Int64")),
        with_stores(region_id=pd.Series(["North", None, "3", "café"], dtype="str")),
        with_missing("brand_id", "variant_case_price_cents"),
        RawTables(raw().order_items, raw().product_tags.head(0), raw().stores.head(0)),
    ],
    ids=["some missing", "all missing", "large regions", "named regions", "missing prices", "no metadata"],
)
def test_published_raw_tables_come_back(engine: Engine, tables: RawTables) -> None:
    publish_raw(engine, tables)
    read = read_raw_tables(engine)
    pd.testing.assert_frame_equal(read.order_items[list(tables.order_items)], tables.order_items)
    for found, expected, keys in [
        (read.product_tags, tables.product_tags, ["product_id", "product_metadata"]),
        (read.stores, tables.stores, ["store_id"]),
    ]:
        pd.testing.assert_frame_equal(
            found.sort_values(keys, ignore_index=True), expected.sort_values(keys, ignore_index=True)
        )


def test_without_raw_tables_it_is_told_to_load_them(engine: Engine) -> None:
    with pytest.raises(NoRawTablesError, match=r"fact_order_items, dim_product, dim_store.*--source csv"):
        read_raw_tables(engine)


def test_without_orders_it_is_told_to_load_them(engine: Engine) -> None:
    publish_raw(engine, RawTables(raw().order_items.head(0), raw().product_tags, raw().stores))
    with pytest.raises(NoRawTablesError, match=r"no rows.*--source csv"):
        read_raw_tables(engine)


@pytest.mark.parametrize("regions", [[3, None, 4, 2**40], [3, 5, 4, 0]])
def test_regions_of_a_table_of_numbers_are_numbers(engine: Engine, regions: list[int | None]) -> None:
    publish_raw(engine, with_stores(region_id=pd.Series(regions, dtype="Int64")))
    expected = read_raw_tables(engine).stores.set_index("store_id")["region_id"]
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE dim_store RENAME TO loaded")
        connection.exec_driver_sql(
            "CREATE TABLE dim_store "
            "(store_id INTEGER, store_type VARCHAR(255), region_id BIGINT, store_size VARCHAR(255))"
        )
        connection.exec_driver_sql("INSERT INTO dim_store SELECT * FROM loaded")
    found = read_raw_tables(engine).stores.set_index("store_id")["region_id"]
    pd.testing.assert_series_equal(found.sort_index(), expected.sort_index())
