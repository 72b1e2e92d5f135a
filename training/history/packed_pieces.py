"""Arrow columns packed piece by piece: they wait in a temporary file until the database is free."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
from sqlalchemy import insert

from quantity.db.load_data import bulk_connection

if TYPE_CHECKING:
    from sqlalchemy import Engine, Table

_COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd")


class PackedPieces:
    """Pieces of a table that has a ``content`` for each, numbered as ``piece``."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the pieces
        self._pieces: list[tuple[int, dict[str, Any]]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, rows: pa.Table, **named: str) -> None:
        """Pack the next piece.

        Args:
            rows: the content.
            named: what else the table has of it.
        """
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, rows.schema, options=_COMPRESSED) as writer:
            writer.write_table(rows)
        self._pieces.append((self._file.write(sink.getvalue()), named))

    def write(self, engine: Engine, table: Table) -> None:
        """Make the table, of all pieces.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database failed.
        """
        self._file.seek(0)
        with bulk_connection(engine) as connection:
            table.create(connection)
            for piece, (size, named) in enumerate(self._pieces):
                connection.execute(insert(table).values(piece=piece, content=self._file.read(size), **named))
                connection.commit()
            connection.commit()


def unpacked(content: bytes) -> pa.Table:
    """The content of a piece."""
    return pa.ipc.open_stream(content).read_all()
