"""What is left of a publisher that died: dropped by the next one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import insert, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.snapshots import published
from quantity.db.tables import NEXT, RETIRED, snapshots
from training.history.parts import unused_parts
from training.publish.sqlite_disk import shorten_log

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from quantity.versions import Published
    from training.publish.database_lock import StillHeld


def tidy(engine: Engine) -> None:
    """Drop what an earlier run left unfinished, and see that every published snapshot is recorded.

    Callers hold the publisher lock, and have brought the control tables up to date.
    """
    left = dict.fromkeys(inspect(engine).get_view_names(), "VIEW")
    left |= dict.fromkeys(inspect(engine).get_table_names(), "TABLE")
    for name, kind in left.items():
        if name.endswith((NEXT, RETIRED)):
            _drop(engine, kind, name)
    for name in unused_parts(engine):
        _drop(engine, "TABLE", name)
    shorten_log(engine)
    current = published(engine)
    if current is not None:
        _remember(engine, current)


def tidy_if_possible(engine: Engine, still_held: StillHeld) -> None:
    """Tidy at the end of a run, however it ended."""
    # Else the next run does: what is published by now is published, and the tables may be another run's.
    with suppress(SQLAlchemyError):
        still_held()
        tidy(engine)


def _remember(engine: Engine, record: Published) -> None:
    values = asdict(record)
    del values["publication"]
    with engine.begin() as connection:
        known = connection.scalar(select(snapshots.c.snapshot_id).where(snapshots.c.snapshot_id == record.snapshot_id))
        if known is None:
            connection.execute(insert(snapshots).values(values))


def _drop(engine: Engine, kind: str, name: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"DROP {kind} IF EXISTS {connection.dialect.identifier_preparer.quote(name)}"))
