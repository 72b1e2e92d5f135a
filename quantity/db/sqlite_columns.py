"""A process that reads numbers from SQLite, some four times as fast as Python's driver makes rows.

It is a process and no thread because connectorx brings a SQLite library of its own, and two of them in one process undo
each other's file locks, which loses what others commit (https://sqlite.org/howtocorrupt.html, section 2.2.1).

Run as ``python -m quantity.db.sqlite_columns <file>``: it reads a JSON list of queries from its standard input, and
writes for each a line of JSON, the number of rows and by column its name and type, then the columns' bytes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

import numpy as np
import pandas as pd

from quantity.ended import how_ended

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[2]


class SqliteColumnsError(RuntimeError):
    """The process could not read what it was asked for."""


def read_columns(database: str, queries: Sequence[str]) -> Iterator[pd.DataFrame]:
    """The results of queries for whole and other numbers, one after the other; the next is read meanwhile.

    Whole numbers are int64; with NULLs among them float64 with NaN.

    Args:
        database: the file.
        queries: in SQLite's SQL, values and all.

    Raises:
        SqliteColumnsError: they cannot be read; the message is the driver's.
    """
    with tempfile.TemporaryFile("w+") as told, _process(database, told) as process:
        assert process.stdin is not None  # noqa: S101 - as it was asked for
        assert process.stdout is not None  # noqa: S101 - likewise
        process.stdin.write(json.dumps(queries).encode())
        process.stdin.close()
        for _ in queries:
            if not (line := process.stdout.readline()):
                process.wait()
                told.seek(0)
                lines = told.read().strip().splitlines() or [f"the process that reads: {how_ended(process.returncode)}"]
                raise SqliteColumnsError(lines[-1])
            yield _received(process.stdout, **json.loads(line))


@contextmanager
def _process(database: str, told: IO[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(  # noqa: S603 - this program's own interpreter and module
        [sys.executable, "-m", __name__, str(Path(database).resolve())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=told,
        cwd=ROOT,
    )
    with process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def _received(source: IO[bytes], rows: int, columns: dict[str, str]) -> pd.DataFrame:
    found = {}
    for name, kind in columns.items():
        values = np.empty(rows, kind)
        if source.readinto(values.data.cast("B")) < values.nbytes:  # type: ignore[attr-defined]  # a BufferedReader
            raise SqliteColumnsError("the process ended in the middle of a column")
        found[name] = values
    return pd.DataFrame(found, copy=False)


def _main(database: str) -> None:
    # Only here: the driver brings a SQLite library along.
    import connectorx  # noqa: PLC0415

    for query in json.load(sys.stdin):
        try:
            frame = connectorx.read_sql(f"sqlite://{quote(database)}", query)
        except RuntimeError as error:
            sys.exit(" ".join(str(error).split()))
        columns = {str(name): _numbers(frame[name]) for name in frame}
        kinds = {name: values.dtype.str for name, values in columns.items()}
        sys.stdout.buffer.write(json.dumps({"rows": len(frame), "columns": kinds}).encode() + b"\n")
        for values in columns.values():
            sys.stdout.buffer.write(values.data)
    sys.stdout.buffer.flush()


def _numbers(column: pd.Series) -> np.ndarray:
    whole = isinstance(column.dtype, pd.Int64Dtype) and not column.hasnans
    values = column.to_numpy(np.int64) if whole else column.to_numpy(np.float64, na_value=np.nan)
    return np.ascontiguousarray(values)


if __name__ == "__main__":
    _main(sys.argv[1])
