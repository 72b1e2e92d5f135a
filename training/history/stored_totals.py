"""What the orders of a part of the history add up to, packed: the next run adds up later orders alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from sqlalchemy import select

from quantity.db.snapshots import stored_columns
from quantity.db.tables import part_tables
from quantity.features.calendar import date_to_day
from quantity.features.coarse.kept_totals import DAY, names_of_parts
from quantity.features.timeline import CASES, ORDERS
from quantity.whole_numbers import narrowed
from training.history.packed_pieces import PackedPieces, unpacked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from quantity.db.history import Part

VALUES_A_PIECE = 500_000
"""So few that no server's longest packet is too short."""


class TotalsPacker(PackedPieces):
    """Packs what is told of the order days of coarse scopes (a `TotalsKeeper`)."""

    def keep(self, scope: str, name: str, values: np.ndarray) -> None:
        """Pack values."""
        whole = narrowed(values) if values.dtype == np.int64 else values
        self._add(scope, name, pa.array(whole))

    def keep_labels(self, scope: str, attribute: str, code: np.ndarray, vocabulary: np.ndarray) -> None:
        """Pack labels, each once a piece."""
        labels = pa.array(vocabulary, pa.string() if vocabulary.dtype == object else pa.int64())
        self._add(scope, attribute, pa.DictionaryArray.from_arrays(pa.array(code, pa.int32()), labels))

    def _add(self, scope: str, name: str, values: pa.Array) -> None:
        for begin in range(0, max(len(values), 1), VALUES_A_PIECE):
            self.add(pa.table({"values": values[begin : begin + VALUES_A_PIECE]}), scope=scope, name=name)


class StoredTotals:
    """What was packed with parts of the history, of the days that are shown of them (`KeptTotals`).

    Args:
        engine: the database.
        parts: all parts before a day.
    """

    def __init__(self, engine: Engine, parts: Sequence[Part]) -> None:
        self._engine, self._parts = engine, parts
        self._shown: dict[tuple[int, str], np.ndarray] = {}

    def values(self, scope: str, name: str) -> np.ndarray:
        """(k,) values of the order days, or the cases of their orders.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
        """
        of_parts = []
        for part in self._parts:
            shown, values = self._is_shown(part, scope), self._read(part, scope, name).to_numpy()
            if not shown.all():
                if name == CASES:
                    orders, _ = names_of_parts(ORDERS)
                    shown = np.repeat(shown, self._read(part, scope, orders).to_numpy().astype(np.int64))
                values = values[shown]
            of_parts.append(values)
        return of_parts[0] if len(of_parts) == 1 else np.concatenate(of_parts)

    def labels(self, scope: str, attribute: str) -> tuple[np.ndarray, np.ndarray]:
        """(k,) codes of labels, and the vocabulary that they are positions in.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
        """
        of_parts = [
            self._read(part, scope, attribute).filter(pa.array(self._is_shown(part, scope))) for part in self._parts
        ]
        chunks = [chunk for of_part in of_parts for chunk in of_part.chunks]
        labels = pa.chunked_array(chunks).unify_dictionaries().combine_chunks()
        return labels.indices.to_numpy(), labels.dictionary.to_numpy(zero_copy_only=False)

    def _is_shown(self, part: Part, scope: str) -> np.ndarray:
        key = part.part, scope
        if key not in self._shown:
            self._shown[key] = self._read(part, scope, DAY).to_numpy() < date_to_day(part.end_day)
        return self._shown[key]

    def _read(self, part: Part, scope: str, name: str) -> pa.ChunkedArray:
        table = part_tables(part.part).totals
        query = select(table.c.content).where(table.c.scope == scope, table.c.name == name).order_by(table.c.piece)
        with self._engine.connect() as connection:
            pieces = [unpacked(content) for content in connection.scalars(query)]
        return pa.chunked_array([chunk for piece in pieces for chunk in piece["values"].chunks])


def stored_totals(engine: Engine, parts: Sequence[Part]) -> StoredTotals | None:
    """What was packed with parts of the history; None where it was not with one of them.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    with engine.connect() as connection:
        are_there = all(stored_columns(connection, part_tables(part.part).totals) for part in parts)
    return StoredTotals(engine, parts) if are_there else None
