"""The snapshot whose orders are scored by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quantity.db.snapshots import ensure_features_as_declared, published

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from quantity.versions import Published


class NoSnapshotError(RuntimeError):
    """Nothing has been published to score by."""


def snapshot_to_score(engine: Engine) -> Published:
    """The published snapshot.

    Raises:
        NoSnapshotError: there is none.
        FeatureListError: its features are not those that this version of the project declares.
    """
    snapshot = published(engine)
    if snapshot is None:
        raise NoSnapshotError("no features are published yet: run preprocess.py first")
    ensure_features_as_declared(engine, snapshot)
    return snapshot
