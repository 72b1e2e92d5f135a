"""A sum of each day's order lines: it tells whether features were computed from the lines that are there.

It is of what features read of a line, of all lines in any order, and the database computes it: no line is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import func, select

from quantity.db.read import read_table
from quantity.db.snapshots import stored_columns
from quantity.db.tables import ORDER_DAYS, replaced_tables

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Engine, Table

COLUMNS = ("checkout_date", "order_lines", "checksum")

_MODULUS = 2**31 - 1
_STORE, _QUANTITY, _PRICE = 1_000_003, 48_271, 69_621
_NO_PRICE = -1


def order_days(engine: Engine, items: Table) -> pd.DataFrame:
    """The `COLUMNS` of each day that has order lines, by day.

    Args:
        engine: the database.
        items: a table of order lines.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    day = items.c.checkout_date
    query = select(day, func.count(), func.sum(_number_of_line(items))).group_by(day).order_by(day)
    # By the index of the days MariaDB would look up each line: that takes more than twice as long as to read the table.
    query = query.with_hint(items, "USE INDEX ()", "mysql")
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"checkout_date": "datetime64[s]", "order_lines": "int64", "checksum": "int64"})


def no_order_days() -> pd.DataFrame:
    """The frame of no day."""
    types = {"checkout_date": "datetime64[s]", "order_lines": "int64", "checksum": "int64"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})


def published_order_days(engine: Engine) -> pd.DataFrame:
    """Those that the published snapshot was computed from; none of one of an earlier version of the project.

    Raises:
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    table = replaced_tables()[ORDER_DAYS]
    with engine.connect() as connection:
        if not stored_columns(connection, table):
            return no_order_days()
    return read_table(engine, table).sort_values("checkout_date", ignore_index=True)


def changed_days(before: pd.DataFrame, now: pd.DataFrame) -> pd.DatetimeIndex:
    """The days, ascending, whose order lines are new, other ones or gone."""
    both = before.merge(now, how="outer", on=list(COLUMNS), indicator=True)
    return pd.DatetimeIndex(both.loc[both["_merge"] != "both", "checkout_date"].unique()).sort_values()


def _number_of_line(items: Table) -> ColumnElement[Any]:
    """A number below the modulus that depends on store, product, quantity and price.

    It is a product of the three: what is taken from one line and given to another shows in the sum.
    """
    columns = items.c
    price = (func.coalesce(columns.variant_case_price_cents, _NO_PRICE) + 1) % _MODULUS
    pair = (columns.store_id * _STORE + columns.product_id) % _MODULUS
    number: ColumnElement[Any] = pair * (columns.quantity + _QUANTITY) % _MODULUS * (price + _PRICE) % _MODULUS
    return number
