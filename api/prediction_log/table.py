"""The table `predictions`, for the service, which may insert into it and do nothing else."""

from __future__ import annotations

import csv
import logging
import tempfile
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert, inspect, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from api.loading.database import ANSWER_SECONDS
from quantity.db.engine import connect
from quantity.db.load_data import AlteredRowsError, are_local_files_refused, load_csv
from quantity.db.monitoring_tables import predictions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from sqlalchemy import Connection

    from api.prediction_log.rows import Row
    from quantity.settings import Settings

CHUNK_ROWS = 50_000

REFUSALS = (AlteredRowsError, DataError, IntegrityError)
"""Errors that mean that rows do not fit the table, or are there already."""

logger = logging.getLogger(__name__)


class TableMissingError(RuntimeError):
    """No run of this version of the project has published to the database."""


class PredictionTable:
    """The table.

    Args:
        settings: of the database.
    """

    def __init__(self, settings: Settings) -> None:
        self._url = settings.database_url
        self._may_load_files = True

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """A connection, with time-outs.

        Raises:
            TableMissingError: the table is not there yet.
            sqlalchemy.exc.SQLAlchemyError: the database failed.
        """
        engine = connect(self._url, bulk_load=True, timeout_seconds=ANSWER_SECONDS)
        try:
            with engine.connect() as connection:
                if not inspect(connection).has_table(predictions.name):
                    raise TableMissingError("the table of the prediction log comes with the next published snapshot")
                connection.rollback()
                yield connection
        finally:
            engine.dispose()

    def held(self, connection: Connection, segment_ids: Collection[int]) -> set[int]:
        """Those of the segments that the table holds: each is there whole or not at all."""
        column = predictions.c.segment_id
        found = set(connection.scalars(select(column).where(column.in_(segment_ids)).distinct()))
        # SQLite would refuse to write after a read that another's write has overtaken.
        connection.rollback()
        return found

    def insert(self, connection: Connection, rows: Iterable[Row]) -> None:
        """Insert all of the rows, or none.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database failed; one of `REFUSALS` where a row is to blame.
        """
        insert_chunk = _insert if connection.dialect.name == "sqlite" else self._insert_mysql
        left = iter(rows)
        try:
            while chunk := list(islice(left, CHUNK_ROWS)):
                insert_chunk(connection, chunk)
            connection.commit()
        finally:
            connection.rollback()

    def _insert_mysql(self, connection: Connection, rows: Sequence[Row]) -> None:
        if not (self._may_load_files and self._load_data(connection, rows)):
            _insert(connection, rows)

    def _load_data(self, connection: Connection, rows: Sequence[Row]) -> bool:
        """Insert by way of a file, with a quarter of the work; false where that is impossible."""
        try:
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                load_csv(connection, predictions, _csv_file(Path(folder), rows))
        except OSError:
            return False  # a full disk: what is shipped makes room
        except DBAPIError as error:
            if not are_local_files_refused(error):
                raise
            logger.warning("the server refuses LOAD DATA LOCAL (set local_infile=1 there); inserting row by row")
            self._may_load_files = False
            return False
        return True


def _csv_file(folder: Path, rows: Sequence[Row]) -> Path:
    path = folder / "predictions.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return path


def _insert(connection: Connection, rows: Sequence[Row]) -> None:
    statement = insert(predictions).compile(dialect=connection.dialect)
    if statement.positional:
        connection.exec_driver_sql(str(statement), list(rows))
        return
    names = predictions.columns.keys()
    connection.exec_driver_sql(str(statement), [dict(zip(names, row, strict=True)) for row in rows])
