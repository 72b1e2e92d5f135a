"""Bulk reads: a query's answer as a frame, by connectorx (some ten times the rate of PyMySQL's cursor)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import connectorx
import pandas as pd

if TYPE_CHECKING:
    from sqlalchemy import Engine, Table

LARGEST_EXACT = 2**53
"""Above this, not every whole number is a float64."""


def read_table(engine: Engine, table: Table) -> pd.DataFrame:
    """All rows of a table; whole-number columns with NULLs come as float64 with NaN where that is exact.

    Raises:
        DatabaseReadError: the table cannot be read.
    """
    names = ", ".join(engine.dialect.identifier_preparer.quote(column.name) for column in table.columns)
    # Names come from the table definitions, never from outside.
    return read_query(engine, f"SELECT {names} FROM {table.name}")  # noqa: S608


def read_query(engine: Engine, query: str) -> pd.DataFrame:
    """The rows of a query.

    Raises:
        DatabaseReadError: the query failed; the message is the database's.
    """
    try:
        frame = connectorx.read_sql(_address(engine), query)
    except RuntimeError as error:
        raise DatabaseReadError(f"{query[:80]}…: {error}") from error
    return frame.apply(_plain)


class DatabaseReadError(RuntimeError):
    """A bulk read failed."""


def _address(engine: Engine) -> str:
    url = engine.url
    if url.get_backend_name() == "sqlite":
        return f"sqlite://{quote(str(url.database))}"
    user, password = quote(str(url.username), safe=""), quote(str(url.password), safe="")
    return f"mysql://{user}:{password}@{url.host}:{url.port}/{url.database}"


def _plain(column: pd.Series) -> pd.Series:
    if not isinstance(column.dtype, pd.Int64Dtype):
        return column
    if not column.hasnans:
        return column.astype("int64")
    return column if (column.abs() > LARGEST_EXACT).any() else column.astype("float64")
