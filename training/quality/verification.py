"""Verification of the published snapshot: by itself, and against the previous one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quantity.db.snapshots import ensure_features_as_declared, ensure_published, published
from quantity.db.tables import PREVIOUS
from training.quality.checks import Check
from training.quality.snapshot_change import check_change
from training.quality.snapshot_content import check_content

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from quantity.versions import Published
    from training.quality.snapshot_change import ChangeLimits


class NoSnapshotError(RuntimeError):
    """There is no snapshot to verify, or another one than asked for."""


def verify(engine: Engine, limits: ChangeLimits, run_id: str | None = None) -> tuple[Published, list[Check]]:
    """Look at the published snapshot, by itself and against the previous one.

    Args:
        engine: the database.
        limits: how much may have changed.
        run_id: the run whose snapshot it must be; None: any.

    Raises:
        NoSnapshotError: nothing is published, or it is of another run.
        FeatureListError: the published features are not those that this version of the project declares.
        SnapshotChangedError: another run published meanwhile.
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    snapshot = _published(engine, run_id)
    ensure_features_as_declared(engine, snapshot)
    previous = published(engine, PREVIOUS)
    try:
        with engine.connect() as connection:
            checks = list(check_content(connection, snapshot))
            # After a rollback, the previous one is the one that was given up.
            if previous is not None and previous.snapshot_id < snapshot.snapshot_id:
                checks += check_change(connection, snapshot, previous, limits)
            else:
                checks.append(Check("change", "not judged: there is no earlier snapshot"))
    finally:
        # What was read of two snapshots proves nothing, whether it failed or not.
        ensure_published(engine, snapshot, "verify that one")
    return snapshot, checks


def _published(engine: Engine, run_id: str | None) -> Published:
    snapshot = published(engine)
    if snapshot is None:
        raise NoSnapshotError("no snapshot is published: run the preprocessing")
    if run_id is not None and snapshot.run_id != run_id:
        raise NoSnapshotError(
            f"the published snapshot {snapshot.snapshot_id} is of run {snapshot.run_id}, not of {run_id}: that one "
            "was rolled back, or another run has published since; run the preprocessing again"
        )
    return snapshot
