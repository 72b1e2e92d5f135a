"""Bulk inserts of frames: `LOAD DATA` on MySQL; on SQLite a process that takes columns, or for few rows a statement.

Chunks are handed over and written while the caller makes the next ones.
"""

from __future__ import annotations

import logging
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
from sqlalchemy import Date, Integer, insert
from sqlalchemy.exc import DBAPIError

from quantity.db.load_data import are_local_files_refused, bulk_connection, load_csv
from training.publish.sqlite_process import sqlite_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from sqlalchemy import Connection, Engine, Table

CHUNK_ROWS = 100_000
"""Rows that are committed together, so that no transaction grows large."""

ROWS_WORTH_A_PROCESS = 200_000
"""From so many rows on, a process beside this one writes them to SQLite: it takes half a second to start."""

logger = logging.getLogger(__name__)


class _Writer(Protocol):
    """Writes chunks of rows in the order in which it gets them, at once or later."""

    def __call__(self, table: Table, chunk: pd.DataFrame) -> None: ...


class BulkLoad:
    """Inserts frames into tables that nobody reads yet; NaN and NA become NULL."""

    def __init__(self, write: _Writer) -> None:
        self._write = write

    def insert(self, table: Table, frame: pd.DataFrame, on_rows: Callable[[int], None] = lambda _: None) -> None:
        """Insert all rows of a frame; they are all written when the load ends.

        Args:
            table: the target.
            frame: a column for every column of the table.
            on_rows: called with the number of rows after each chunk is handed over.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database failed, or a row of this or an earlier frame does not fit.
        """
        names = [column.name for column in table.columns]
        for start in range(0, len(frame), CHUNK_ROWS):
            chunk = frame[names].iloc[start : start + CHUNK_ROWS]
            self._write(table, chunk)
            on_rows(len(chunk))


@contextmanager
def bulk_load(engine: Engine, rows: int) -> Iterator[BulkLoad]:
    """A load of about so many rows; at its end all of them are written and committed.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database failed, or a row does not fit its table.
    """
    if engine.dialect.name == "sqlite" and rows >= ROWS_WORTH_A_PROCESS:
        with sqlite_process(str(engine.url.database)) as send:
            yield BulkLoad(lambda table, chunk: send(table.name, _for_sqlite(_arrow(table, chunk))))
        return
    with bulk_connection(engine) as connection:
        if engine.dialect.name == "sqlite":
            yield BulkLoad(lambda table, chunk: _insert_sqlite(connection, table, chunk))
        else:
            with _loader(connection) as write:
                yield BulkLoad(write)


def _insert_sqlite(connection: Connection, table: Table, chunk: pd.DataFrame) -> None:
    statement = str(insert(table).compile(dialect=connection.dialect))
    # The driver stores NaN as NULL, so columns pass as they are.
    columns = [_sqlite_values(chunk[column.name]) for column in table.columns]
    connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))
    connection.commit()


def _sqlite_values(column: pd.Series[Any]) -> list[Any]:
    if pd.api.types.is_datetime64_any_dtype(column):
        dates = np.datetime_as_string(column.to_numpy("datetime64[D]"), unit="D").tolist()
        return [None if date == "NaT" else date for date in dates]
    if isinstance(column.dtype, pd.Int64Dtype):
        return [None if value is pd.NA else value for value in column.tolist()]
    return column.tolist()


def _for_sqlite(columns: pa.Table) -> pa.Table:
    """Dates as text, as SQLAlchemy stores them."""
    return _cast(columns, pa.types.is_date, pa.string())


def rows_for_mysql(table: Table, chunk: pd.DataFrame) -> pa.Table:
    """Rows as the columns of a table, in their order; NaN and NA are null."""
    # A float32 with all digits of the number that it is: both kinds of database then hold the same.
    return _cast(_arrow(table, chunk), pa.types.is_float32, pa.float64())


def _cast(columns: pa.Table, is_of: Callable[[pa.DataType], bool], to: pa.DataType) -> pa.Table:
    kinds = {field.name: to if is_of(field.type) else field.type for field in columns.schema}
    return columns.cast(pa.schema(kinds.items()))


@contextmanager
def _loader(connection: Connection) -> Iterator[_Writer]:
    """Loads one chunk in a thread while the next one is made ready; the chunks that are before it are committed."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as pool:
        pending: list[Future[None]] = []
        numbers = count()

        def write(table: Table, chunk: pd.DataFrame) -> None:
            path = Path(folder) / f"{next(numbers)}.csv"
            pyarrow.csv.write_csv(rows_for_mysql(table, chunk), path, pyarrow.csv.WriteOptions(include_header=False))
            while pending:
                pending.pop().result()
            pending.append(pool.submit(_load, connection, table, chunk, path))

        yield write
        for last in pending:
            last.result()


def _load(connection: Connection, table: Table, chunk: pd.DataFrame, path: Path) -> None:
    try:
        load_csv(connection, table, path)
    except DBAPIError as error:
        if not are_local_files_refused(error):
            raise
        logger.warning("the server refuses LOAD DATA LOCAL (set local_infile=1 there); inserting row by row")
        _insert_rows(connection, table, chunk)
    finally:
        path.unlink()
    connection.commit()


def _arrow(table: Table, chunk: pd.DataFrame) -> pa.Table:
    columns = {column.name: pa.array(chunk[column.name], from_pandas=True) for column in table.columns}
    for column in table.columns:
        if isinstance(column.type, Integer):
            columns[column.name] = columns[column.name].cast(pa.int64())
        elif isinstance(column.type, Date):
            columns[column.name] = columns[column.name].cast(pa.date32())
    return pa.table(columns)


def _insert_rows(connection: Connection, table: Table, chunk: pd.DataFrame) -> None:
    rows = chunk.astype(object).where(chunk.notna(), None)
    records: list[dict[str, Any]] = rows.to_dict("records")  # type: ignore[assignment]  # names are text
    connection.execute(insert(table), records)
