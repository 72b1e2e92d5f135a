"""The raw tables read back from the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Integer, cast, func, inspect, select

from quantity.db.keys import read_key_tables
from quantity.db.ranges import WORTH_A_PROCESS
from quantity.db.read import DatabaseReadError, read_table
from quantity.db.sqlite_columns import SqliteColumnsError, read_columns
from quantity.db.tables import RAW, replaced_tables
from quantity.raw import RawTables, regions_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    import pandas as pd
    from sqlalchemy import Engine


ORDER_LINES = "fact_order_items"
LINES_A_PIECE = 500_000

ORDERED = ("store_id", "product_id", "day", "quantity")
"""What `read_days_orders` reads: whole numbers; the day counts from 1970-01-01."""

_ITEMS = replaced_tables()[ORDER_LINES].c
_UNIX_EPOCH = 2440587.5
"""As a Julian day."""

_NUMBERS = select(
    _ITEMS.store_id,
    _ITEMS.product_id,
    cast(func.julianday(_ITEMS.checkout_date) - _UNIX_EPOCH, Integer).label("day"),
    _ITEMS.quantity,
)
"""In SQLite's SQL: dates would be made objects, one by one."""


class NoRawTablesError(RuntimeError):
    """The database has no raw tables, or no orders in them."""


def read_raw_tables(engine: Engine) -> RawTables:
    """Read `fact_order_items`, `dim_product` and `dim_store`, and the keys where there are tables of them.

    Raises:
        NoRawTablesError: a table is missing, or there are no orders.
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database failed.
    """
    ensure_raw_tables(engine)
    items = read_table(engine, replaced_tables()[ORDER_LINES]).sort_values("line").drop(columns="line")
    tags, stores = read_metadata(engine)
    keys = read_key_tables(engine)
    return RawTables(
        order_items=items.astype({"checkout_date": "datetime64[s]"} | _with_missing(items)),
        product_tags=tags,
        stores=stores,
        store_keys=keys["store"],
        product_keys=keys["product"],
    )


def ensure_raw_tables(engine: Engine) -> None:
    """Look whether there are raw tables with orders.

    Raises:
        NoRawTablesError: a table is missing, or there are no orders.
        sqlalchemy.exc.SQLAlchemyError: the database failed.
    """
    missing = [name for name in RAW if not inspect(engine).has_table(name)]
    if missing:
        raise NoRawTablesError(f"no table {', '.join(missing)}: load the CSV files first (--source csv)")
    items = replaced_tables()[ORDER_LINES]
    with engine.connect() as connection:
        if connection.execute(select(items.c.line).limit(1)).first() is None:
            raise NoRawTablesError("fact_order_items has no rows: load the CSV files first (--source csv)")


def read_metadata(engine: Engine) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read `dim_product` and `dim_store`, as in `RawTables`.

    Raises:
        DatabaseReadError: the database failed.
    """
    tables = replaced_tables()
    tags = read_table(engine, tables["dim_product"]).astype({"product_metadata": "str"})
    return tags, _typed(read_table(engine, tables["dim_store"]))


def read_order_lines(engine: Engine, first: dt.date, last: dt.date) -> pd.DataFrame:
    """Read the order lines of some days, in order, with their ``line``; missing brands and prices are ``Int64``.

    Raises:
        DatabaseReadError: the database failed.
    """
    table = replaced_tables()[ORDER_LINES]
    items = read_table(engine, table, where=table.c.checkout_date.between(first, last))
    types = {"checkout_date": "datetime64[s]", "brand_id": "Int64", "variant_case_price_cents": "Int64"}
    return items.astype(types).sort_values("line", ignore_index=True)


def read_days_orders(engine: Engine) -> Iterator[pd.DataFrame]:
    """Read what was ordered when: `ORDERED` of all order lines, at most `LINES_A_PIECE` at a time.

    Raises:
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database failed, or has no order lines.
    """
    table = replaced_tables()[ORDER_LINES]
    with engine.connect() as connection:
        first, last = connection.execute(select(func.min(table.c.line), func.max(table.c.line))).one()
    begins = range(first or 0, (last or -1) + 1, LINES_A_PIECE)
    ranges = [table.c.line.between(begin, begin + LINES_A_PIECE - 1) for begin in begins]
    names = ("store_id", "product_id", "checkout_date", "quantity")
    if engine.dialect.name != "sqlite" or (last or 0) < WORTH_A_PROCESS:
        for where in ranges:
            yield _with_days(read_table(engine, table, names, where))
        return
    queries = [str(_NUMBERS.where(where).compile(engine, compile_kwargs={"literal_binds": True})) for where in ranges]
    try:
        yield from read_columns(str(engine.url.database), queries)
    except SqliteColumnsError as error:
        raise DatabaseReadError(f"table {table.name}: {error}") from error


def _with_days(items: pd.DataFrame) -> pd.DataFrame:
    day = items.pop("checkout_date").to_numpy().astype("datetime64[D]").astype("int64")
    return items.assign(day=day)[list(ORDERED)]


def _with_missing(items: pd.DataFrame) -> dict[str, str]:
    """The types of columns in which values are missing."""
    return {name: "Int64" for name in ("brand_id", "variant_case_price_cents") if items[name].hasnans}


def _typed(stores: pd.DataFrame) -> pd.DataFrame:
    # A table of before regions had names holds numbers, which read as 3.0 where some are missing.
    regions = stores["region_id"].astype("str").str.removesuffix(".0")
    return stores.astype({"store_type": "str", "store_size": "str"}).assign(region_id=regions_of(regions))
