"""`LOAD DATA LOCAL`, MySQL's bulk insert: a CSV file that the server asks for."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pymysql.constants import ER
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.engine import connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine, Table
    from sqlalchemy.exc import DBAPIError

_LOCAL_FILES_REFUSED = {ER.NOT_ALLOWED_COMMAND, 3948, 2068, 4166}
"""Errors that mean the server's ``local_infile`` is off: MySQL's, older and newer, and MariaDB's."""


class AlteredRowsError(SQLAlchemyError):
    """The server took rows only after changing or dropping some."""


@contextmanager
def bulk_connection(engine: Engine) -> Iterator[Connection]:
    """A connection for bulk inserts apart from the engine's: MySQL may ask for local files on this one alone."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            yield connection
        return
    loading = connect(engine.url, bulk_load=True)
    try:
        with loading.connect() as connection:
            yield connection
    finally:
        loading.dispose()


def load_csv(connection: Connection, table: Table, path: Path) -> None:
    """Insert the rows of a CSV file within the connection's transaction.

    Args:
        connection: to MySQL, with leave to ask for local files.
        table: the target.
        path: of a file in UTF-8 with the table's columns in their order, lines that end with a line feed, quotes
            doubled within quotes, and no header. An empty field is NULL.

    Raises:
        AlteredRowsError: a row does not fit the table, or is there already.
        sqlalchemy.exc.DBAPIError: the database failed, or `are_local_files_refused`.
    """
    quote = connection.dialect.identifier_preparer.quote
    fields = ", ".join(f"@{column.name}" for column in table.columns)
    # An unquoted empty field is NULL; an empty text does not occur.
    values = ", ".join(f"{quote(c.name)} = NULLIF(@{c.name}, '')" for c in table.columns)
    connection.exec_driver_sql(
        f"LOAD DATA LOCAL INFILE %s INTO TABLE {quote(table.name)} CHARACTER SET utf8mb4 "
        "FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' "
        f"LINES TERMINATED BY '\\n' ({fields}) SET {values}",
        (str(path),),
    )
    # Where an INSERT fails, LOAD DATA LOCAL only warns: it cuts what does not fit and skips keys it has.
    warning = connection.exec_driver_sql("SHOW WARNINGS LIMIT 1").first()
    if warning is not None:
        raise AlteredRowsError(f"{table.name}: {warning.Message}")


def are_local_files_refused(error: DBAPIError) -> bool:
    """Whether the server takes no local files at all."""
    return error.orig is not None and error.orig.args[0] in _LOCAL_FILES_REFUSED
