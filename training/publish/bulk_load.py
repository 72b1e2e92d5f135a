"""Bulk inserts of frames: `LOAD DATA` on MySQL, one prepared statement on SQLite."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
from sqlalchemy import Date, Integer, insert
from sqlalchemy.exc import DBAPIError

from quantity.db.load_data import are_local_files_refused, load_csv

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Table

CHUNK_ROWS = 50_000

logger = logging.getLogger(__name__)


def insert_frame(
    connection: Connection,
    table: Table,
    frame: pd.DataFrame,
    on_rows: Callable[[int], None] = lambda _: None,
) -> None:
    """Insert all rows of a frame into a table that nobody reads yet; NaN and NA become NULL.

    Args:
        connection: a `quantity.db.load_data.bulk_connection`; each chunk is committed, so that no transaction grows
            large.
        table: the target.
        frame: a column for every column of the table.
        on_rows: called with the number of rows after each chunk.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database failed, or a row does not fit the table.
    """
    names = [column.name for column in table.columns]
    insert_chunk = _insert_sqlite if connection.dialect.name == "sqlite" else _insert_mysql
    for start in range(0, len(frame), CHUNK_ROWS):
        chunk = frame[names].iloc[start : start + CHUNK_ROWS]
        insert_chunk(connection, table, chunk)
        connection.commit()
        on_rows(len(chunk))


def _insert_sqlite(connection: Connection, table: Table, chunk: pd.DataFrame) -> None:
    statement = str(insert(table).compile(dialect=connection.dialect))
    # The driver stores NaN as NULL, so columns pass as they are.
    columns = [_sqlite_values(chunk[column.name]) for column in table.columns]
    connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))


def _sqlite_values(column: pd.Series[Any]) -> list[Any]:
    if pd.api.types.is_datetime64_any_dtype(column):
        dates = np.datetime_as_string(column.to_numpy("datetime64[D]"), unit="D").tolist()
        return [None if date == "NaT" else date for date in dates]
    if isinstance(column.dtype, pd.Int64Dtype):
        return [None if value is pd.NA else value for value in column.tolist()]
    return column.tolist()


def _insert_mysql(connection: Connection, table: Table, chunk: pd.DataFrame) -> None:
    try:
        _load_data(connection, table, chunk)
    except DBAPIError as error:
        if not are_local_files_refused(error):
            raise
        logger.warning("the server refuses LOAD DATA LOCAL (set local_infile=1 there); inserting row by row")
        _insert_rows(connection, table, chunk)


def _load_data(connection: Connection, table: Table, chunk: pd.DataFrame) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chunk.csv"
        pyarrow.csv.write_csv(_arrow(table, chunk), path, pyarrow.csv.WriteOptions(include_header=False))
        load_csv(connection, table, path)


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
