"""A process that writes columns to SQLite, some four times as fast as Python's driver takes rows.

It is a process and no thread because its driver brings a SQLite library of its own, and two of them in one process undo
each other's file locks, which loses what others commit (https://sqlite.org/howtocorrupt.html, section 2.2.1).

Run as ``python -m training.publish.sqlite_process <file> <parent>``: it reads Arrow streams, one after the other, from
its standard input, each of the rows of the table that the stream's schema names, and commits each.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pyarrow as pa
from sqlalchemy.exc import SQLAlchemyError

from quantity.ahead import one_ahead
from quantity.db.engine import SQLITE_BUSY_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TABLE = b"table"
NO_TABLE = ""

ROOT = Path(__file__).parents[2]

Send: TypeAlias = "Callable[[str, pa.Table], None]"


class SqliteProcessError(SQLAlchemyError):
    """The process could not write what it got."""


@contextmanager
def sqlite_process(database: str) -> Iterator[Send]:
    """Start the process; what it yields sends it rows for a table. At the end all of them are committed.

    Args:
        database: the file.

    Raises:
        SqliteProcessError: rows could not be written; the message is the driver's.
    """
    command = [sys.executable, "-m", __name__, str(Path(database).resolve()), str(os.getpid())]
    with tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen(  # noqa: S603 - this program's own interpreter and module
            command, stdin=subprocess.PIPE, stderr=told, cwd=ROOT
        )
        try:
            yield partial(_send, process)
            _send(process, NO_TABLE, pa.table({}))
        except BrokenPipeError:
            # It has ended before it had all, and says below why.
            pass
        except BaseException:
            process.kill()
            raise
        finally:
            with suppress(BrokenPipeError):
                process.communicate()
        if process.returncode:
            told.seek(0)
            lines = told.read().strip().splitlines() or [f"the process ended with {process.returncode}"]
            raise SqliteProcessError(lines[-1])


def _send(process: subprocess.Popen[bytes], table: str, rows: pa.Table) -> None:
    with pa.ipc.new_stream(process.stdin, rows.schema.with_metadata({TABLE: table.encode()})) as stream:
        stream.write_table(rows)
    if process.stdin:
        process.stdin.flush()


def _received() -> Iterator[tuple[str, pa.Table]]:
    """Rows and their table, until a stream of no table says that all were sent; an input that just ends is broken."""
    source = pa.PythonFile(sys.stdin.buffer, mode="r")
    while True:
        stream = pa.ipc.open_stream(source)
        if not (table := stream.schema.metadata[TABLE].decode()):
            return
        yield table, stream.read_all()


def _main(database: str, parent: int) -> None:
    # Only here: the driver brings a SQLite library along.
    from adbc_driver_sqlite import dbapi  # noqa: PLC0415

    with dbapi.connect(database, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout={1000 * SQLITE_BUSY_SECONDS}")
        cursor.execute("PRAGMA synchronous=NORMAL")
        for table, rows in one_ahead(_received()):
            if os.getppid() != parent:
                # Another run may be building a table of the same name by now.
                sys.exit("the process that sent the rows has ended")
            try:
                cursor.execute("BEGIN IMMEDIATE")
                cursor.adbc_ingest(table, rows, mode="append")
                cursor.execute("COMMIT")
            except dbapi.Error as error:
                sys.exit(" ".join(str(error).split()))


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
