"""Whether the published features are those of the files, judged by content: files may be moved with an old date."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from sqlalchemy import select

from quantity.db.snapshots import FeatureListError, ensure_features_as_declared, published, stored_columns
from quantity.db.tables import snapshots
from training.input_files.digest import digest_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from pathlib import Path

    from sqlalchemy import Engine

    from quantity.settings import Settings


class Remedy(Enum):
    """What brings the published features up to date."""

    NOTHING = "they are"
    RECOMPUTE = "from the raw tables"
    LOAD_FILES = "from the files"


@dataclass(frozen=True)
class Freshness:
    """Whether the published features are up to date.

    Attributes:
        remedy: what to do.
        reason: why, in words.
    """

    remedy: Remedy
    reason: str


def source_digest(content: str, settings: Settings, left_out: dt.date | None = None) -> str:
    """The digest of what a snapshot is read from: the files, and the settings that say how.

    Options of a run are no part of it: a run by hand with other options counts until files or settings change.

    Args:
        content: the digest of the files that are read (`digest_of`), the mapping of columns among them.
        settings: of the program.
        left_out: the current day, if order lines are left out for being of that day or later: on another day the same
            files give another snapshot.
    """
    names = {name for name in type(settings).model_fields if name.startswith("input_")} | {"time_zone"}
    reading = json.dumps(settings.model_dump(mode="json", include=names), sort_keys=True)
    return hashlib.sha256(f"{content}\n{reading}\n{left_out or ''}".encode()).hexdigest()


def freshness(engine: Engine, files: Iterable[Path], settings: Settings) -> Freshness:
    """Compare what is published with the files and with the features that this version of the project declares.

    Args:
        engine: the database.
        files: those that would be read; none: what is published is kept, whatever it was read from.
        settings: of the program.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    snapshot = published(engine)
    if snapshot is None:
        return Freshness(Remedy.LOAD_FILES, "nothing is published yet")
    files = list(files)
    if files:
        loaded = _last_loaded(engine) | {snapshot.source_digest}
        if loaded == {None}:
            return Freshness(Remedy.LOAD_FILES, f"snapshot {snapshot.snapshot_id} does not tell what it was read from")
        content = digest_of(files)
        if loaded.isdisjoint({source_digest(content, settings), source_digest(content, settings, settings.today())}):
            return Freshness(Remedy.LOAD_FILES, "the files, or the settings of their reading, have changed")
    try:
        ensure_features_as_declared(engine, snapshot)
    except FeatureListError as error:
        return Freshness(Remedy.RECOMPUTE, str(error).partition(": run ")[0])
    return Freshness(Remedy.NOTHING, f"snapshot {snapshot.snapshot_id} is of these files and features")


def _last_loaded(engine: Engine) -> set[str | None]:
    """The digest of the files that were loaded last, whether or not their snapshot was rolled back since."""
    with engine.connect() as connection:
        # A database of an earlier version of the project has no digests.
        if "source_digest" not in stored_columns(connection, snapshots):
            return set()
        digest = snapshots.c.source_digest
        newest = select(digest).where(digest.is_not(None)).order_by(snapshots.c.snapshot_id.desc()).limit(1)
        return set(connection.scalars(newest))
