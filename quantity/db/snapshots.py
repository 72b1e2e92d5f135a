"""The published snapshot: which one it is, and whether this version can read it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from sqlalchemy import inspect, select
from sqlalchemy.exc import NoSuchTableError

from quantity.db.tables import POINTER, replaced_tables
from quantity.features.feature_list import features_digest
from quantity.versions import Published

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Engine, Table


class SnapshotChangedError(RuntimeError):
    """Another snapshot was published while one was read."""


class FeatureListError(RuntimeError):
    """A snapshot was published with other features than this version of the project declares."""


def published(engine: Engine, suffix: str = "") -> Published | None:
    """The published snapshot (or, by suffix, the previous one), or None where there is none.

    Any version of the project may have published it: columns that the record lacks are None, others are left out.
    """
    pointer = replaced_tables(suffix)[POINTER]
    with engine.connect() as connection:
        names = stored_columns(connection, pointer)
        known = [pointer.c[field.name] for field in fields(Published) if field.name in names]
        row = connection.execute(select(*known)).mappings().first() if known else None
    return Published(**row) if row else None


def stored_columns(connection: Connection, table: Table) -> frozenset[str]:
    """The names of the columns that a table has in the database; none where there is no such table."""
    try:
        return frozenset(column["name"] for column in inspect(connection).get_columns(table.name))
    except NoSuchTableError:
        return frozenset()


def ensure_features_as_declared(engine: Engine, snapshot: Published) -> None:
    """See that the published features are those that this version of the project declares.

    Raises:
        FeatureListError: they are not; the message says what differs and what to run.
    """
    if snapshot.features_digest == features_digest():
        return
    table = replaced_tables()["features"]
    with engine.connect() as connection:
        stored = stored_columns(connection, table)
    declared = frozenset(table.columns.keys())
    if snapshot.features_digest is None and stored >= declared:
        return
    raise FeatureListError(
        f"snapshot {snapshot.snapshot_id} was published with other features than this version of the project declares "
        f"({difference_of_lists(declared, stored)}): run `python -m training.preprocess --source db`, which computes "
        "them from the raw tables"
    )


def difference_of_lists(declared: frozenset[str], stored: frozenset[str]) -> str:
    """How stored columns differ from the declared ones, in words."""
    lacking, more = sorted(declared - stored), sorted(stored - declared)
    parts = [f"it lacks {first_few(lacking)}"] if lacking else []
    parts += [f"it has {first_few(more)}, which this one does not"] if more else []
    return "; ".join(parts) or "the columns are the same, their definitions are not"


def first_few(names: Sequence[str], count: int = 5) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - count
    return ", ".join(names[:count]) + (f" and {more} more" if more > 0 else "")


def ensure_published(engine: Engine, snapshot: Published, remedy: str) -> None:
    """See that a snapshot is still the published one: what was read since then is of this one alone.

    Raises:
        SnapshotChangedError: it is not; the message ends with the remedy.
    """
    now = published(engine)
    if now is None or now.publication != snapshot.publication:
        raise SnapshotChangedError(f"another snapshot was published meanwhile: {remedy}")
