"""Bulk reads: a table as a frame, without a Python object for each of its rows.

MySQL is read by connectorx, some ten times as fast as PyMySQL's cursor. SQLite is not: connectorx brings a
SQLite library of its own, and two of them in one process undo each other's file locks, which loses what
others commit (https://sqlite.org/howtocorrupt.html, section 2.2.1).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import connectorx
import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Integer, Select, String, select
from sqlalchemy.dialects.mysql.mysqldb import MySQLCompiler_mysqldb
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.history import of_each_part
from quantity.db.tables import HISTORY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import URL, Column, ColumnElement, Engine, Table

LARGEST_EXACT = 2**53
"""Above this, not every whole number is a float64."""

CHUNK_ROWS = 20_000
"""Rows at a time; of SQLite so many are in Python's objects."""


class _WithoutBackslashes(MySQLCompiler_mysqldb):
    """Writes values into the query as connectorx passes them on: it loses half of the backslashes in text."""

    def render_literal_value(self, value: Any, type_: Any) -> str:
        if isinstance(value, str) and "\\" in value:
            return f"X'{value.encode().hex()}'"
        return super().render_literal_value(value, type_)


class _Connectorx(MySQLDialect_pymysql):
    """SQL with its values in it: connectorx binds none."""

    statement_compiler = _WithoutBackslashes
    supports_statement_cache = True


class DatabaseReadError(RuntimeError):
    """A bulk read failed."""


def read_table(
    engine: Engine, table: Table, names: Sequence[str] | None = None, where: ColumnElement[bool] | None = None
) -> pd.DataFrame:
    """The rows of a table, with all columns or those of these names.

    Whole numbers are int64; with NULLs among them float64 with NaN, unless that would round one: then
    nullable Int64. Dates are ``datetime64[s]``, times ``datetime64[us]``, truth is ``bool``, text is ``str``.

    Args:
        engine: the database.
        table: what to read.
        names: of the columns; None: all of them.
        where: which rows; None: all of them.

    Raises:
        DatabaseReadError: the table cannot be read; the message is the database's.
    """
    query, columns = _selected(engine, table, names, where)
    try:
        if engine.dialect.name == "sqlite":
            nothing = pd.DataFrame({column.name: _values(column, ()) for column in columns})
            frame = pd.concat([nothing, *_sqlite_chunks(engine, query, columns)], ignore_index=True)
        else:
            frame = connectorx.read_sql(_address(engine.url), _sql(query))
    # What connectorx raises is a plain RuntimeError.
    except (RuntimeError, SQLAlchemyError, sqlite3.Error) as error:
        raise DatabaseReadError(f"table {table.name}: {error}") from error
    return _frame(columns, frame)


def read_chunks(
    engine: Engine, table: Table, names: Sequence[str] | None = None, where: ColumnElement[bool] | None = None
) -> Iterator[pd.DataFrame]:
    """As `read_table`, `CHUNK_ROWS` at a time at most, in any order: memory holds one chunk.

    Whole numbers with NULLs are float64 in the chunks that have some.

    Raises:
        DatabaseReadError: the table cannot be read; the message is the database's.
    """
    query, columns = _selected(engine, table, names, where)
    chunks = _sqlite_chunks if engine.dialect.name == "sqlite" else _mysql_chunks
    try:
        for chunk in chunks(engine, query, columns):
            if len(chunk):
                yield _frame(columns, chunk)
    except (RuntimeError, SQLAlchemyError, sqlite3.Error) as error:
        raise DatabaseReadError(f"table {table.name}: {error}") from error


def _selected(
    engine: Engine, table: Table, names: Sequence[str] | None, where: ColumnElement[bool] | None
) -> tuple[Select[Any], list[Column[Any]]]:
    columns = [table.columns[name] for name in names] if names is not None else list(table.columns)
    query = select(*columns) if where is None else select(*columns).where(where)
    if table.name != HISTORY:
        return query, columns
    try:
        with engine.connect() as connection:
            asked = of_each_part(connection, query)
    except SQLAlchemyError as error:
        raise DatabaseReadError(f"table {table.name}: {error}") from error
    # What connectorx reads begins with SELECT.
    return asked if isinstance(asked, Select) else select(asked.subquery(HISTORY)), columns


def _frame(columns: Sequence[Column[Any]], values: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({column.name: _typed(column, values[column.name]) for column in columns}, copy=False)


def _sql(query: Select[Any]) -> str:
    # In this style of parameters a percent sign is not doubled.
    return str(query.compile(dialect=_Connectorx(paramstyle="named"), compile_kwargs={"literal_binds": True}))


def _mysql_chunks(engine: Engine, query: Select[Any], _columns: Sequence[Column[Any]]) -> Iterator[pd.DataFrame]:
    # Only here: the service reads no chunks, and its image has no Arrow.
    import pyarrow as pa  # noqa: PLC0415

    stream: pa.RecordBatchReader = connectorx.read_sql(
        _address(engine.url), _sql(query), return_type="arrow_stream", batch_size=CHUNK_ROWS
    )
    try:
        for batch in stream:
            yield batch.to_pandas(date_as_object=False, types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    except pa.ArrowException as error:
        raise RuntimeError(str(error)) from error


def _address(url: URL) -> str:
    """The database as connectorx names it, with the same demands on TLS as the engine's."""
    user, password, database = (quote(part or "", safe="") for part in (url.username, url.password, url.database))
    host = f"[{url.host}]" if ":" in str(url.host) else url.host
    address = f"mysql://{user}:{password}@{host}:{url.port}/{database}"
    if "ssl_ca" in url.query:
        address += f"?ssl-mode=VERIFY_IDENTITY&ssl-ca={quote(str(url.query['ssl_ca']), safe='')}"
    return address


def _sqlite_chunks(engine: Engine, query: Select[Any], columns: Sequence[Column[Any]]) -> Iterator[pd.DataFrame]:
    with engine.connect() as connection:
        result = connection.execute(query)
        # The driver's rows: SQLAlchemy's have an object for each date.
        with closing(result.cursor) as cursor:
            while rows := cursor.fetchmany(CHUNK_ROWS):
                values = zip(columns, zip(*rows, strict=True), strict=True)
                yield pd.DataFrame({c.name: _values(c, v) for c, v in values}, copy=False)


def _values(column: Column[Any], values: Sequence[Any]) -> Any:
    """A chunk of a column as an array, missing values as the array has them."""
    if isinstance(column.type, BigInteger):
        return pd.array(values, dtype="Int64")
    if isinstance(column.type, Date):
        return np.array(values, dtype="datetime64[D]").astype("datetime64[s]")
    if isinstance(column.type, DateTime):
        return np.array(values, dtype="datetime64[us]")
    if isinstance(column.type, String):
        return pd.array(values, dtype="str")
    # Integers too: those of 32 bits are exact.
    return np.array(values, dtype=np.float64)


def _typed(column: Column[Any], values: pd.Series) -> pd.Series:
    if isinstance(column.type, Integer):
        return _whole(values)
    if isinstance(column.type, Date):
        return values.astype("datetime64[s]")
    if isinstance(column.type, DateTime):
        return values.astype("datetime64[us]")
    if isinstance(column.type, Boolean):
        return values.astype("bool")
    return values.astype("str") if isinstance(column.type, String) else values


def _whole(values: pd.Series) -> pd.Series:
    if not values.hasnans:
        return values.astype("int64")
    if isinstance(values.dtype, pd.Int64Dtype) and (values.abs() > LARGEST_EXACT).any():
        return values
    return values.astype("float64")
