"""Publishing: a snapshot is built beside the live tables and renamed into place, whole or not at all.

A run that dies leaves nothing but tables with a suffix, which the next run drops: the live names are touched
by one rename of all of them together, which is atomic on MySQL (``RENAME TABLE``) and on SQLite (a
transaction).
"""

from __future__ import annotations

import datetime as dt
import uuid
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Protocol

import numpy as np
from sqlalchemy import func, insert, select

from quantity.db.history import Part
from quantity.db.snapshots import ensure_published, published
from quantity.db.tables import HISTORY as HISTORY_TABLE
from quantity.db.tables import (
    LATEST,
    NEXT,
    ORDER_DAYS,
    ORIGIN,
    PARTS,
    POINTER,
    PREVIOUS,
    part_tables,
    replaced_tables,
    snapshots,
)
from quantity.features.compute import HISTORY, LEVELS_OF_ROWS
from quantity.features.definitions import SCOPES
from quantity.features.feature_list import features_digest
from quantity.versions import Published
from training.history.order_days import no_order_days
from training.history.parts import create_view, parts_frame
from training.publish.building import Progress, TableBuilder
from training.publish.control_tables import upgrade_control_tables
from training.publish.keys import merged_keys
from training.publish.lock import publish_lock
from training.publish.raw_origin import RawOrigin, origin_frame
from training.publish.renames import publish_renames, rename_tables, roll_back_renames
from training.publish.sqlite_disk import DiskReserve
from training.publish.tidying import tidy, tidy_if_possible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd
    from sqlalchemy import Engine

    from quantity.raw import RawTables
    from training.history.packed_orders import OrderPacker
    from training.publish.database_lock import StillHeld


ITEMS = "fact_order_items"


class Pieces(Protocol):
    """Rows in pieces, which can be asked for more than once."""

    def __len__(self) -> int:
        """How many rows there are."""

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """All of them."""


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


class Features(Protocol):
    """The history and the latest state, in memory or computed while they are written."""

    @property
    def as_of(self) -> dt.date:
        """The first day that the latest state does not know."""

    @property
    def first_day(self) -> dt.date:
        """The first day that the history's rows may be of."""

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows the history (`HISTORY`) has, and the latest state by scope."""

    def pieces(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """All of these rows, in pieces, each with its name; before those of the history perhaps their levels."""


def publish(
    engine: Engine,
    features: Features,
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
    origin = origin or Origin()
    with (
        nullcontext(lock) if lock else publish_lock(engine, wait_seconds) as still_held,
        publication(engine, still_held, progress) as next_snapshot,
    ):
        if raw is not None:
            next_snapshot.add_raw(raw, origin.of_raw)
        next_snapshot.add_features(features)
        return next_snapshot.publish(run_id, order_rows, origin)


@contextmanager
def publication(engine: Engine, still_held: StillHeld, progress: Progress | None = None) -> Iterator[Publication]:
    """Build a snapshot step by step under the publisher lock; what is not published by the end is dropped.

    Raises:
        NewerDatabaseError: a later version of the project has migrated the database.
        sqlalchemy.exc.SQLAlchemyError, OSError: the database failed; the published snapshot is as it was.
    """
    reserve = DiskReserve(engine)
    reserve.give_back()
    upgrade_control_tables(engine)
    tidy(engine)
    try:
        reserve.take()
        yield Publication(engine, still_held, TableBuilder(engine, progress or Progress()))
    finally:
        reserve.give_back()
        tidy_if_possible(engine, still_held)


class Publication:
    """A snapshot that is being built: the raw tables if they are to be replaced, the features, then the rename."""

    def __init__(self, engine: Engine, still_held: StillHeld, builder: TableBuilder) -> None:
        self._engine, self._still_held, self._builder = engine, still_held, builder
        self._order_days = no_order_days()

    def add_raw(self, raw: RawTables, origin: RawOrigin, lines: Pieces | None = None) -> None:
        """Write the raw tables, where they come from, and the keys of text ids with those that were ever published.

        Args:
            raw: the tables.
            origin: where they come from.
            lines: the order lines, in pieces; None: those of ``raw``.
        """
        others = {"dim_product": raw.product_tags, "dim_store": raw.stores, ORIGIN: origin_frame(origin)}
        others |= merged_keys(self._engine, raw)
        rows = {ITEMS: len(raw.order_items if lines is None else lines)}
        rows |= {name: len(frame) for name, frame in others.items()}
        numbered = ((ITEMS, piece) for piece in _numbered([raw.order_items] if lines is None else lines))
        self._builder.build_in_pieces(rows, chain(numbered, others.items()))

    def add_features(self, features: Features, packer: OrderPacker | None = None, kept: Sequence[Part] = ()) -> None:
        """Write the history, or what comes after some of its parts, and the latest state.

        Args:
            features: all of the latest state, and the rows of the history that are new.
            packer: of the orders of these rows; None: they are not kept for the next run.
            kept: what the history has beside these rows.
        """
        number, rows_to_add = _next_id(self._engine), features.rows[HISTORY]
        names = {HISTORY: HISTORY_TABLE} | {scope: f"{LATEST}{scope}" for scope in SCOPES}
        rows = {names[name]: count for name, count in features.rows.items()}
        self._parts = list(kept)
        if rows_to_add or not kept:
            self._parts.append(Part(number, features.first_day, features.as_of, rows_to_add))
        else:
            del rows[HISTORY_TABLE]
        pieces = _without_levels(features.pieces(), packer)
        tables = {HISTORY_TABLE: part_tables(number).history}
        self._builder.build_in_pieces(rows, ((names[name], frame) for name, frame in pieces if len(frame)), tables)
        if packer is not None and HISTORY_TABLE in rows:
            packer.write(self._engine, number)
        self._features = features

    def add_order_days(self, days: pd.DataFrame) -> None:
        """Keep the sums of the raw tables' days (`order_days`), of those before the as-of date."""
        self._order_days = days

    def publish(self, run_id: str, order_rows: int, origin: Origin) -> Published:
        """Make it the published snapshot."""
        days = self._order_days[self._order_days["checkout_date"].dt.date < self._features.as_of]
        self._builder.build({PARTS: parts_frame(self._parts), ORDER_DAYS: days})
        create_view(self._engine, self._parts)
        record = _record(self._engine, self._features, run_id, order_rows, origin)
        record = replace(record, feature_rows=sum(part.feature_rows for part in self._parts))
        _write_pointer(self._engine, record)
        renames = publish_renames(self._engine, [HISTORY_TABLE, *self._builder.built, POINTER])
        self._still_held()
        rename_tables(self._engine, renames)
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


def _numbered(pieces: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Order lines with their ``line``, from 1 on."""
    first = 1
    for piece in pieces:
        yield piece.assign(line=np.arange(first, first + len(piece)))
        first += len(piece)


def _without_levels(
    pieces: Iterable[tuple[str, pd.DataFrame]], packer: OrderPacker | None
) -> Iterator[tuple[str, pd.DataFrame]]:
    """The pieces of tables; the levels go to the packer."""
    for name, frame in pieces:
        if name != LEVELS_OF_ROWS:
            yield name, frame
        elif packer is not None:
            packer.add(frame)


def _record(engine: Engine, features: Features, run_id: str, order_rows: int, origin: Origin) -> Published:
    return Published(
        publication=uuid.uuid4().hex,
        snapshot_id=_next_id(engine),
        as_of_date=features.as_of,
        created_at=dt.datetime.now(dt.UTC).replace(microsecond=0, tzinfo=None),
        run_id=run_id,
        order_rows=order_rows,
        feature_rows=features.rows[HISTORY],
        store_rows=features.rows["store"],
        product_rows=features.rows["product"],
        pair_rows=features.rows["store_product"],
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
