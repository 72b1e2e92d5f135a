"""The tables of the next snapshot, built beside the live ones."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData, quoted_name

from quantity.db.load_data import bulk_connection
from quantity.db.tables import NEXT, replaced_tables
from training.publish.bulk_load import bulk_load
from training.publish.sqlite_disk import shorten_log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pandas as pd
    from sqlalchemy import Engine, Index, Table


@dataclass(frozen=True)
class Progress:
    """How to report a long publish.

    Attributes:
        start: called with what is done and for how many rows, before it is: a table is written, ``index of`` one made.
        advance: called with the same name and a number of rows after each chunk.
    """

    start: Callable[[str, int], None] = lambda _name, _rows: None
    advance: Callable[[str, int], None] = lambda _name, _rows: None


class TableBuilder:
    """Writes the tables of the next snapshot.

    Args:
        engine: the database.
        progress: how to report.
    """

    def __init__(self, engine: Engine, progress: Progress) -> None:
        self._engine, self._progress = engine, progress
        self.built: list[str] = []
        """The plain names of the tables that are whole."""

    def build(self, frames: Mapping[str, pd.DataFrame]) -> None:
        """Write whole tables, a frame each."""
        self.build_in_pieces({name: len(frame) for name, frame in frames.items()}, frames.items())

    def build_in_pieces(
        self,
        rows: Mapping[str, int],
        pieces: Iterable[tuple[str, pd.DataFrame]],
        parts: Mapping[str, Table] = MappingProxyType({}),
    ) -> None:
        """Write tables piece by piece; pieces of several tables may take turns.

        Args:
            rows: how many rows each table will have, by its plain name.
            pieces: some rows of a table, with its name.
            parts: the tables that get these rows under their own names, where it is not the next table of the name.
        """
        tables = {name: _built(parts[name]) if name in parts else _built(replaced_tables(NEXT)[name]) for name in rows}
        # Indexes come after the rows: sorted once, not row by row.
        indexes = {name: _take_indexes(name, table) for name, table in tables.items()}
        with bulk_connection(self._engine) as connection:
            for table in tables.values():
                table.create(connection)
            connection.commit()
        begun = set()
        with bulk_load(self._engine, sum(rows.values())) as load:
            for name, frame in pieces:
                if name not in begun:
                    begun.add(name)
                    self._progress.start(name, rows[name])
                load.insert(tables[name], frame, partial(self._progress.advance, name))
        with bulk_connection(self._engine) as connection:
            for name, table_indexes in indexes.items():
                if table_indexes:
                    self._progress.start(f"index of {name}", rows[name] * len(table_indexes))
                for index in table_indexes:
                    index.create(connection)
                    connection.commit()
                    self._progress.advance(f"index of {name}", rows[name])
        shorten_log(self._engine)
        self.built += [name for name in tables if name not in parts]


def _built(table: Table) -> Table:
    """A copy, whose indexes can be taken away."""
    return table.to_metadata(MetaData())


def _take_indexes(name: str, table: Table) -> list[Index]:
    """The indexes of a table, which then has none."""
    indexes: list[Any] = list(table.indexes)
    for index in indexes:
        table.indexes.discard(index)
        # SQLite's are named for the whole database, so each build names its own.
        columns = "_".join(column.name for column in index.columns)
        index.name = quoted_name(f"ix_{name}_{columns}_{uuid.uuid4().hex[:8]}", quote=None)
    return indexes
