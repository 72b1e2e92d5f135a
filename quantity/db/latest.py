"""The latest state of the published snapshot, read as one and in pieces: whole, it may be larger than memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar

from sqlalchemy import select

from quantity.db.snapshots import FeatureListError, SnapshotChangedError, first_few, published, stored_columns
from quantity.db.tables import LATEST, replaced_tables
from quantity.features.definitions import SCOPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pandas as pd
    from sqlalchemy import Engine, Table

    from quantity.versions import Published

    Pieces: TypeAlias = Mapping[str, Iterable[pd.DataFrame]]

T = TypeVar("T")

READ_ATTEMPTS = 5
PIECE_ROWS = 250_000
"""Of pairs, about: so many are read at a time."""

PAIRS = "store_product"


def read_latest(
    engine: Engine, use: Callable[[Published, Pieces], T], columns: Mapping[str, Sequence[str]] | None = None
) -> T | None:
    """What ``use`` makes of the published snapshot, or None where nothing is published.

    The tables are read one by one; the same publication before and after proves that no publisher swapped
    them in between. Else ``use`` is called again.

    Args:
        engine: of the database.
        use: called with the snapshot and, by scope, its latest state in frames of some rows each. They are read when
            they are asked for, and once; those of the pairs come by store.
        columns: by scope, which columns to read; None: all of them.

    Raises:
        SnapshotChangedError: it changed during every attempt.
        FeatureListError: it lacks some of the columns.
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    tables = {scope: replaced_tables()[f"{LATEST}{scope}"] for scope in SCOPES}
    wanted = {scope: tuple(columns[scope] if columns else tables[scope].columns.keys()) for scope in SCOPES}
    for _ in range(READ_ATTEMPTS):
        before = published(engine)
        if before is None:
            return None
        lacking = _lacking(engine, tables, wanted)
        made = None if lacking else use(before, {s: _pieces(engine, before, tables[s], wanted[s]) for s in SCOPES})
        after = published(engine)
        if after is not None and after.publication == before.publication:
            if made is None:
                raise FeatureListError(_unreadable(before, lacking))
            return made
    raise SnapshotChangedError(f"the published snapshot changed during each of {READ_ATTEMPTS} reads")


def _pieces(engine: Engine, snapshot: Published, table: Table, names: Sequence[str]) -> Iterator[pd.DataFrame]:
    # Frames take a second to import; telling which snapshot is published needs none.
    from quantity.db.ranges import ranges_of, read_ranges  # noqa: PLC0415
    from quantity.db.read import read_table  # noqa: PLC0415

    if table.name == f"{LATEST}{PAIRS}":
        ranges = ranges_of(table.c.store_id, _stores(engine), 1 + snapshot.pair_rows // PIECE_ROWS)
        yield from read_ranges(engine, table, names, ranges, snapshot.pair_rows)
    else:
        yield read_table(engine, table, names)


def _stores(engine: Engine) -> Sequence[int]:
    """All stores of the latest state, ascending."""
    store_id = replaced_tables()[f"{LATEST}store"].c.store_id
    with engine.connect() as connection:
        return connection.scalars(select(store_id).order_by(store_id)).all()


def _lacking(engine: Engine, tables: Mapping[str, Table], wanted: Mapping[str, Sequence[str]]) -> list[str]:
    """The wanted columns that the database does not have, as ``table.column``."""
    with engine.connect() as connection:
        return [
            f"{table.name}.{name}"
            for scope, table in tables.items()
            for name in sorted(set(wanted[scope]) - stored_columns(connection, table))
        ]


def _unreadable(snapshot: Published, lacking: Sequence[str]) -> str:
    return (
        f"snapshot {snapshot.snapshot_id} was published by another version of the project, with other features: "
        f"it lacks {first_few(lacking)}. Run the preprocessing of this version"
    )
