"""What a new export is to hold, and which days of it an earlier one has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from quantity.db.history import parts_of
from quantity.db.tables import part_tables, snapshots
from quantity.feature_files import Day, Manifest
from training.feature_files.frames import beginning

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from quantity.versions import Published


def manifest_of(connection: Connection, snapshot: Published, time_zone: str) -> Manifest:
    """What an export of the published snapshot is to hold."""
    return Manifest(
        snapshot_id=snapshot.snapshot_id,
        created_at=snapshot.created_at,
        run_id=snapshot.run_id,
        raw_digest=snapshot.raw_digest,
        as_of_date=snapshot.as_of_date,
        state_timestamp=beginning(snapshot.as_of_date, time_zone),
        features_digest=snapshot.features_digest,
        time_zone=time_zone,
        days=dict(sorted(_days(connection).items())),
    )


def kept_days(wanted: Manifest, before: Manifest | None, connection: Connection) -> set[dt.date]:
    """The days whose files an earlier export has as they are to be.

    Args:
        wanted: the new export.
        before: the earlier one; None: there is none.
        connection: to the database, which tells whether that one was of it.
    """
    if before is None or not _has_published(connection, before):
        return set()
    same = ("format", "features_digest", "time_zone")
    if any(getattr(wanted, name) != getattr(before, name) for name in same):
        return set()
    return {day for day, found in wanted.days.items() if before.days.get(day) == found}


def _has_published(connection: Connection, manifest: Manifest) -> bool:
    """Whether this database has ever published an export's snapshot: ids begin again in another one."""
    known = select(snapshots.c.created_at, snapshots.c.run_id, snapshots.c.raw_digest)
    row = connection.execute(known.where(snapshots.c.snapshot_id == manifest.snapshot_id)).first()
    return row is not None and tuple(row) == (manifest.created_at, manifest.run_id, manifest.raw_digest)


def _days(connection: Connection) -> Mapping[dt.date, Day]:
    days: dict[dt.date, Day] = {}
    for part in parts_of(connection):
        table = part_tables(part.part).history
        query = (
            select(table.c.checkout_date, func.count())
            .where(table.c.checkout_date < part.end_day)
            .group_by(table.c.checkout_date)
        )
        days |= {day: Day(part=part.part, rows=rows) for day, rows in connection.execute(query)}
    return days
