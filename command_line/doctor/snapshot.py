"""The published snapshot: its age, its rows, its features, and the one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from command_line.doctor.finding import Finding, fault, ok, warning
from quantity.db.failures import message_of
from quantity.db.snapshots import FeatureListError, ensure_features_as_declared, published
from quantity.db.tables import PREVIOUS
from quantity.feature_files import CURRENT, read_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from command_line.doctor.situation import Situation
    from quantity.settings import Settings
    from quantity.versions import Published

COMPUTE_AGAIN = "`quantity preprocess --source db`, then `quantity train`; `quantity run` does both"

FRESH_DAYS = 3
"""As the alert on stale features has it."""


def look(situation: Situation) -> Iterator[Finding]:
    """Read the records of the snapshots, and the columns of the features."""
    settings, engine = situation.settings, situation.database
    assert settings is not None  # noqa: S101 - the check needs them
    assert engine is not None  # noqa: S101 - likewise
    try:
        snapshot = published(engine)
        if snapshot is None:
            yield fault("nothing is published", "`quantity run`, or `quantity preprocess`")
            return
        yield _of(snapshot, settings)
        yield _features(engine, snapshot)
        yield _previous(published(engine, PREVIOUS))
        yield from _exported(snapshot, settings)
    except SQLAlchemyError as error:
        yield fault(message_of(error), "`quantity preprocess` makes the tables anew")


def _of(snapshot: Published, settings: Settings) -> Finding:
    days = (settings.today() - snapshot.as_of_date).days
    seen = (
        f"snapshot {snapshot.snapshot_id} as of {snapshot.as_of_date} ({days:,} days ago), computed "
        f"{snapshot.created_at:%Y-%m-%d %H:%M} UTC from {snapshot.order_rows:,} order lines: {snapshot.feature_rows:,} "
        f"rows of history, {snapshot.store_rows:,} stores, {snapshot.product_rows:,} products, "
        f"{snapshot.pair_rows:,} pairs"
    )
    if days <= FRESH_DAYS:
        return ok(seen)
    return warning(
        seen,
        "newer orders: `quantity preprocess --append FILE`, or newer files in DATA_DIR and `quantity preprocess`; the "
        "demonstration data end in 2017",
    )


def _features(engine: Engine, snapshot: Published) -> Finding:
    try:
        ensure_features_as_declared(engine, snapshot)
    except FeatureListError as error:
        return fault(str(error).partition(": run ")[0], COMPUTE_AGAIN)
    except SQLAlchemyError:
        # The service's user may read the view, and not ask for its columns.
        seen = f"snapshot {snapshot.snapshot_id} was published with other features than this version declares"
        return fault(f"{seen}; this user may not see which", COMPUTE_AGAIN)
    return ok("its features are those that this version of the project declares")


def _previous(snapshot: Published | None) -> Finding:
    if snapshot is None:
        return ok("no snapshot before it: `quantity rollback` has nothing to put back")
    return ok(
        f"before it snapshot {snapshot.snapshot_id} as of {snapshot.as_of_date}: `quantity rollback` puts it back"
    )


def _exported(snapshot: Published, settings: Settings) -> Iterator[Finding]:
    """Nothing where no features were ever exported: few need it."""
    found = read_manifest(settings.feature_files_dir / CURRENT)
    if found is None:
        return
    seen = f"features for Feast: exported from snapshot {found.snapshot_id} as of {found.as_of_date}"
    if (found.snapshot_id, found.created_at) == (snapshot.snapshot_id, snapshot.created_at):
        yield ok(seen)
    else:
        yield warning(
            f"{seen}, which is not the published one",
            "`quantity export-features`, then `.feast-venv/bin/python -m feature_store materialize`",
        )
