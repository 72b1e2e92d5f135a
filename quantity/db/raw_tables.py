"""The raw tables read back from the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect

from quantity.db.keys import read_key_tables
from quantity.db.read import read_table
from quantity.db.tables import RAW, replaced_tables
from quantity.raw import RawTables, regions_of

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Engine


class NoRawTablesError(RuntimeError):
    """The database has no raw tables, or no orders in them."""


def read_raw_tables(engine: Engine) -> RawTables:
    """Read `fact_order_items`, `dim_product` and `dim_store`, and the keys where there are tables of them.

    Raises:
        NoRawTablesError: a table is missing, or there are no orders.
        DatabaseReadError: the database failed.
    """
    missing = [name for name in RAW if not inspect(engine).has_table(name)]
    if missing:
        raise NoRawTablesError(f"no table {', '.join(missing)}: load the CSV files first (--source csv)")
    tables = replaced_tables()
    items = read_table(engine, tables["fact_order_items"]).sort_values("line").drop(columns="line")
    if items.empty:
        raise NoRawTablesError("fact_order_items has no rows: load the CSV files first (--source csv)")
    stores, keys = read_table(engine, tables["dim_store"]), read_key_tables(engine)
    return RawTables(
        order_items=items.astype({"checkout_date": "datetime64[s]"} | _with_missing(items)),
        product_tags=read_table(engine, tables["dim_product"]).astype({"product_metadata": "str"}),
        stores=_typed(stores),
        store_keys=keys["store"],
        product_keys=keys["product"],
    )


def _with_missing(items: pd.DataFrame) -> dict[str, str]:
    """The types of columns in which values are missing."""
    return {name: "Int64" for name in ("brand_id", "variant_case_price_cents") if items[name].hasnans}


def _typed(stores: pd.DataFrame) -> pd.DataFrame:
    # A table of before regions had names holds numbers, which read as 3.0 where some are missing.
    regions = stores["region_id"].astype("str").str.removesuffix(".0")
    return stores.astype({"store_type": "str", "store_size": "str"}).assign(region_id=regions_of(regions))
