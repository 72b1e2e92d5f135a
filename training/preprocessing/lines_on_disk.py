"""Order lines that wait on disk to be written to the database, while memory is for what is computed of them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from sqlalchemy import Engine

LINES_A_PIECE = 1_000_000


class LinesOnDisk:
    """Order lines in a temporary file.

    Args:
        items: the order lines, as in `RawTables`.
        engine: the database; the file lies on SQLite's disk, else where temporary files do, and has no name there.

    Raises:
        OSError: the disk is full.
    """

    def __init__(self, items: pd.DataFrame, engine: Engine) -> None:
        self._count, self._types = len(items), items.dtypes
        is_file = engine.dialect.name == "sqlite" and engine.url.database
        folder = Path(str(engine.url.database)).parent if is_file else None
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - as long as the lines
        schema = pa.Schema.from_pandas(items[:0], preserve_index=False)
        with pa.ipc.new_stream(self._file, schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
            for begin in range(0, len(items), LINES_A_PIECE):
                piece = items[begin : begin + LINES_A_PIECE]
                writer.write_table(pa.Table.from_pandas(piece, schema, preserve_index=False))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """All of them, in pieces of many lines; one reader at a time."""
        self._file.seek(0)
        for batch in pa.ipc.open_stream(self._file):
            yield batch.to_pandas().astype(self._types)
