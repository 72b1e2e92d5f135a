"""Whether the published features are those of the files, judged by content: files may be moved with an old date."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from quantity.db.snapshots import FeatureListError, ensure_features_as_declared, published
from training.input_files.digest import digest_of
from training.publish.raw_origin import are_lines_unpublished, last_loaded, read_raw_origin

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from pathlib import Path

    from sqlalchemy import Engine

    from quantity.settings import Settings
    from quantity.versions import Published
    from training.publish.raw_origin import RawOrigin


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
    digest = hashlib.sha256(f"{content}\n{reading}\n".encode()).hexdigest()
    return digest if left_out is None else of_day(digest, left_out)


def of_day(digest: str, day: dt.date) -> str:
    """The digest of a source of which order lines are left out on a day, and no longer on the next."""
    return hashlib.sha256(f"{digest}\n{day}".encode()).hexdigest()


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
    origin = read_raw_origin(engine)
    files = list(files)
    if files:
        # A rollback leaves the raw tables alone: they are those of the files that were loaded last.
        loaded = {last_loaded(engine), snapshot.source_digest}
        if loaded == {None}:
            return Freshness(Remedy.LOAD_FILES, f"snapshot {snapshot.snapshot_id} does not tell what it was read from")
        content = digest_of(files)
        same = {source_digest(content, settings), source_digest(content, settings, settings.today())}
        if loaded.isdisjoint(same):
            if origin.source_digest not in same:
                return Freshness(Remedy.LOAD_FILES, "the files, or the settings of their reading, have changed")
            return Freshness(Remedy.RECOMPUTE, "order lines of a day that was not over are left out")
    return _freshness_of_features(engine, snapshot, origin)


def _freshness_of_features(engine: Engine, snapshot: Published, origin: RawOrigin) -> Freshness:
    """Compare what is published with the raw tables and the declared features."""
    if are_lines_unpublished(engine, origin):
        return Freshness(Remedy.RECOMPUTE, f"order lines were taken in since snapshot {snapshot.snapshot_id}")
    try:
        ensure_features_as_declared(engine, snapshot)
    except FeatureListError as error:
        return Freshness(Remedy.RECOMPUTE, str(error).partition(": run ")[0])
    return Freshness(Remedy.NOTHING, f"snapshot {snapshot.snapshot_id} is of these files and features")
