"""Answers written to a file, CSV or Parquet: whole or not at all."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import pyarrow.csv
import pyarrow.parquet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pyarrow as pa

    class _Writer(Protocol):
        def write_table(self, table: pa.Table) -> None: ...
        def close(self) -> None: ...


WRITERS: dict[str, Callable[[Path, pa.Schema], _Writer]] = {
    ".csv": pyarrow.csv.CSVWriter,
    ".parquet": pyarrow.parquet.ParquetWriter,
}
"""By the ending of a file's name."""


@contextmanager
def written(path: Path, schema: pa.Schema) -> Iterator[Callable[[pa.Table], None]]:
    """Write tables one behind the other; the file appears under its name when all of them are written.

    Raises:
        OSError: it cannot be written; a file that was there before stays.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        writer = WRITERS[path.suffix.lower()](unfinished, schema)
        try:
            yield writer.write_table
        finally:
            writer.close()
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def copied(tables: Iterator[pa.Table], write: Callable[[pa.Table], None]) -> Iterator[pa.Table]:
    """Write tables while they pass by."""
    for table in tables:
        write(table)
        yield table
