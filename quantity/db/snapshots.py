"""The published snapshot: which one it is, and its latest state read as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect, select

from quantity.db.tables import POINTER, replaced_tables
from quantity.features.definitions import SCOPES
from quantity.versions import Published

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from sqlalchemy import Engine

READ_ATTEMPTS = 5


class SnapshotChangedError(RuntimeError):
    """Another snapshot was published while one was read."""


def published(engine: Engine, suffix: str = "") -> Published | None:
    """The published snapshot (or, by suffix, the previous one), or None where there is none."""
    pointer = replaced_tables(suffix)[POINTER]
    with engine.connect() as connection:
        if not inspect(connection).has_table(pointer.name):
            return None
        row = connection.execute(select(pointer)).mappings().first()
    return Published(**row) if row else None


def ensure_published(engine: Engine, snapshot: Published, remedy: str) -> None:
    """See that a snapshot is still the published one: what was read since then is of this one alone.

    Raises:
        SnapshotChangedError: it is not; the message ends with the remedy.
    """
    now = published(engine)
    if now is None or now.publication != snapshot.publication:
        raise SnapshotChangedError(f"another snapshot was published meanwhile: {remedy}")


def read_latest(
    engine: Engine, columns: Mapping[str, Sequence[str]] | None = None
) -> tuple[Published, Mapping[str, pd.DataFrame]] | None:
    """The published snapshot and its latest state by scope, or None where nothing is published.

    The tables are read one by one; the same publication before and after proves that no publisher swapped
    them in between.

    Args:
        engine: of the database.
        columns: by scope, which columns to read; None: all of them.

    Raises:
        SnapshotChangedError: it changed during every attempt.
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    # Frames take a second to import; telling which snapshot is published needs none.
    from quantity.db.read import read_table  # noqa: PLC0415

    tables = replaced_tables()
    for _ in range(READ_ATTEMPTS):
        before = published(engine)
        if before is None:
            return None
        latest = {s: read_table(engine, tables[f"latest_{s}"], columns[s] if columns else None) for s in SCOPES}
        after = published(engine)
        if after is not None and after.publication == before.publication:
            return before, latest
    raise SnapshotChangedError(f"the published snapshot changed during each of {READ_ATTEMPTS} reads")
