"""Publishing: a snapshot is built beside the live tables and renamed into place, whole or not at all.

A run that dies leaves nothing but tables with a suffix, which the next run drops: the live names are touched
by one rename of all of them together, which is atomic on MySQL (``RENAME TABLE``) and on SQLite (a
transaction).
"""

from __future__ import annotations

import datetime as dt
import uuid
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import MetaData, func, insert, quoted_name, select

from quantity.db.load_data import bulk_connection
from quantity.db.snapshots import ensure_published, published
from quantity.db.tables import NEXT, ORIGIN, POINTER, PREVIOUS, replaced_tables, snapshots
from quantity.features.feature_list import features_digest
from quantity.versions import Published
from training.publish.bulk_load import insert_frame
from training.publish.control_tables import upgrade_control_tables
from training.publish.keys import merged_keys
from training.publish.lock import publish_lock
from training.publish.raw_origin import RawOrigin, origin_frame
from training.publish.renames import publish_renames, rename_tables, roll_back_renames
from training.publish.tidying import tidy, tidy_if_possible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from sqlalchemy import Engine, Index

    from quantity.features.compute import FeatureSet
    from quantity.raw import RawTables
    from training.publish.database_lock import StillHeld


class NoPreviousSnapshotError(RuntimeError):
    """There is no snapshot to roll back to."""


@dataclass(frozen=True)
class Origin:
    """What the raw tables came from.

    Attributes:
        source_digest: of the files and the settings of their reading; None: they were read back from the database.
        raw_digest: of their content, by `digest_of_raw`.
        of_raw: what to say of raw tables that are replaced.
    """

    source_digest: str | None = None
    raw_digest: str | None = None
    of_raw: RawOrigin = field(default_factory=RawOrigin)


@dataclass(frozen=True)
class Progress:
    """How to report a long publish.

    Attributes:
        start: called with a table's name and its number of rows before it is written.
        advance: called with the number of rows after each chunk.
    """

    start: Callable[[str, int], None] = lambda _name, _rows: None
    advance: Callable[[int], None] = lambda _rows: None


def publish(
    engine: Engine,
    features: FeatureSet,
    *,
    run_id: str,
    order_rows: int,
    raw: RawTables | None = None,
    origin: Origin | None = None,
    lock: StillHeld | None = None,
    wait_seconds: float = 0,
    progress: Progress | None = None,
) -> Published:
    """Write a snapshot and make it the published one; the one before is kept for `roll_back`.

    Args:
        engine: the database.
        features: the history and the latest state.
        run_id: what to call this run in the snapshot's record.
        order_rows: how many order lines the features come from.
        raw: if given, the raw tables are replaced in the same step.
        origin: what the raw tables came from, for the snapshot's record.
        lock: the publisher lock, if the caller holds it already.
        wait_seconds: how long to wait for another publisher to end.
        progress: how to report.

    Raises:
        PublisherBusyError: another run is publishing.
        NewerDatabaseError: a later version of the project has migrated the database.
        sqlalchemy.exc.SQLAlchemyError: the database failed; the published snapshot is as it was.
    """
    frames = _frames(features, raw)
    with nullcontext(lock) if lock else publish_lock(engine, wait_seconds) as still_held:
        upgrade_control_tables(engine)
        tidy(engine)
        if raw is not None:
            frames |= merged_keys(engine, raw) | {ORIGIN: origin_frame((origin or Origin()).of_raw)}
        try:
            _build(engine, frames, progress or Progress())
            record = _record(engine, features, run_id, order_rows, origin or Origin())
            _write_pointer(engine, record)
            renames = publish_renames(engine, [*frames, POINTER])
            still_held()
            rename_tables(engine, renames)
        finally:
            tidy_if_possible(engine, still_held)
    return record


def roll_back(engine: Engine, wait_seconds: float = 0) -> Published:
    """Put the previous snapshot back; the one it replaces becomes the previous one.

    The raw tables stay as they are.

    Raises:
        NoPreviousSnapshotError: there is none.
        PublisherBusyError: another run is publishing.
        NewerDatabaseError: a later version of the project has migrated the database.
    """
    with publish_lock(engine, wait_seconds) as still_held:
        upgrade_control_tables(engine)
        tidy(engine)
        back = published(engine, PREVIOUS)
        if back is None:
            raise NoPreviousSnapshotError("there is no previous snapshot to roll back to")
        record = Published(**asdict(back) | {"publication": uuid.uuid4().hex})
        try:
            _write_pointer(engine, record)
            still_held()
            rename_tables(engine, roll_back_renames(engine))
        finally:
            tidy_if_possible(engine, still_held)
    return record


def put_back_previous(engine: Engine, faulty: Published, wait_seconds: float) -> Published:
    """Roll back from a faulty snapshot.

    Raises:
        NoPreviousSnapshotError: there is none, or one that is no better: of the same run, or given up earlier.
        SnapshotChangedError: another run published meanwhile.
        PublisherBusyError: another run is publishing.
    """
    ensure_published(engine, faulty, "verify that one")
    previous = published(engine, PREVIOUS)
    if previous is None:
        raise NoPreviousSnapshotError("there is no previous snapshot")
    if previous.snapshot_id >= faulty.snapshot_id:
        raise NoPreviousSnapshotError(f"the previous snapshot {previous.snapshot_id} was itself rolled back")
    if previous.run_id == faulty.run_id:
        raise NoPreviousSnapshotError(f"the previous snapshot {previous.snapshot_id} is of the same run")
    return roll_back(engine, wait_seconds)


def _frames(features: FeatureSet, raw: RawTables | None) -> dict[str, pd.DataFrame]:
    frames = {"features": features.history}
    frames |= {f"latest_{scope}": frame for scope, frame in features.latest.items()}
    if raw is not None:
        items = raw.order_items
        frames["fact_order_items"] = items.assign(line=np.arange(1, len(items) + 1))
        frames["dim_product"] = raw.product_tags
        frames["dim_store"] = raw.stores
    return frames


def _build(engine: Engine, frames: Mapping[str, pd.DataFrame], progress: Progress) -> None:
    tables = replaced_tables(NEXT)
    with bulk_connection(engine) as connection:
        for name, frame in frames.items():
            table = tables[name].to_metadata(MetaData())
            # Indexes come after the rows: sorted once, not row by row. SQLite's are named for the whole
            # database, so each build names its own.
            indexes = list(table.indexes)
            for index in indexes:
                table.indexes.discard(index)
                index.name = quoted_name(_index_name(name, index), quote=None)
            progress.start(name, len(frame))
            table.create(connection)
            insert_frame(connection, table, frame, progress.advance)
            for index in indexes:
                index.create(connection)
            connection.commit()


def _index_name(table: str, index: Index) -> str:
    columns = "_".join(column.name for column in index.columns)
    return f"ix_{table}_{columns}_{uuid.uuid4().hex[:8]}"


def _record(engine: Engine, features: FeatureSet, run_id: str, order_rows: int, origin: Origin) -> Published:
    return Published(
        publication=uuid.uuid4().hex,
        snapshot_id=_next_id(engine),
        as_of_date=features.as_of,
        created_at=dt.datetime.now(dt.UTC).replace(microsecond=0, tzinfo=None),
        run_id=run_id,
        order_rows=order_rows,
        feature_rows=len(features.history),
        store_rows=len(features.latest["store"]),
        product_rows=len(features.latest["product"]),
        pair_rows=len(features.latest["store_product"]),
        source_digest=origin.source_digest or _source_of_same_tables(engine, origin.raw_digest),
        raw_digest=origin.raw_digest,
        features_digest=features_digest(),
    )


def _source_of_same_tables(engine: Engine, raw_digest: str | None) -> str | None:
    """Where the raw tables are from, if they are as the newest snapshot found them: a rollback leaves them alone."""
    newest = select(snapshots.c.source_digest, snapshots.c.raw_digest).order_by(snapshots.c.snapshot_id.desc()).limit(1)
    with engine.connect() as connection:
        row = connection.execute(newest).first()
    return row.source_digest if row is not None and raw_digest is not None and row.raw_digest == raw_digest else None


def _next_id(engine: Engine) -> int:
    with engine.connect() as connection:
        return (connection.scalar(select(func.max(snapshots.c.snapshot_id))) or 0) + 1


def _write_pointer(engine: Engine, record: Published) -> None:
    table = replaced_tables(NEXT)[POINTER]
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(insert(table).values(asdict(record)))
