"""The raw tables read back from the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect

from quantity.db.read import read_table
from quantity.db.tables import RAW, replaced_tables
from quantity.raw import RawTables

if TYPE_CHECKING:
    from sqlalchemy import Engine


class NoRawTablesError(RuntimeError):
    """The database has no raw tables, or no orders in them."""


def read_raw_tables(engine: Engine) -> RawTables:
    """Read `fact_order_items`, `dim_product` and `dim_store`.

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
    stores = read_table(engine, tables["dim_store"])
    return RawTables(
        order_items=items.astype({"checkout_date": "datetime64[s]"}),
        product_tags=read_table(engine, tables["dim_product"]).astype({"product_metadata": "str"}),
        stores=stores.astype({"store_type": "str", "region_id": "Int64", "store_size": "str"}),
    )
