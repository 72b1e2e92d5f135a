"""Snapshots from the database."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import TYPE_CHECKING

from api.serving import LOCAL_COPY, LoadedSnapshot
from api.snapshot_files import read_snapshot, write_snapshot
from api.source import Fetched
from quantity.db.engine import connect
from quantity.db.snapshots import published, read_latest
from quantity.online.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from quantity.settings import Settings

from contextlib import contextmanager


class NothingPublishedError(RuntimeError):
    """The snapshot that was to be read is gone."""


class DatabaseSource:
    """The published snapshot."""

    name = "snapshot"
    absent = "the database has no published snapshot"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def version(self) -> str | None:
        """The current publication."""
        with self._connected() as engine:
            found = published(engine)
        return None if found is None else found.publication

    def fetch(self, version: str) -> Fetched[LoadedSnapshot]:
        """Read the published snapshot: this publication, or one that has replaced it since."""
        with self._connected() as engine:
            latest = read_latest(engine)
        if latest is None:
            raise NothingPublishedError(f"publication {version} is gone and nothing has replaced it")
        snapshot = Snapshot.build(*latest)
        loaded = LoadedSnapshot(snapshot, "database", dt.datetime.now(dt.UTC))
        return Fetched(loaded, lambda folder: write_snapshot(snapshot, folder))

    def read(self, folder: Path) -> LoadedSnapshot:
        """Read a local copy."""
        return LoadedSnapshot(read_snapshot(folder), LOCAL_COPY, dt.datetime.now(dt.UTC))

    @contextmanager
    def _connected(self) -> Iterator[Engine]:
        try:
            yield self._engine
        finally:
            # Seconds pass until the next poll: a connection kept would outlive a replaced SQLite file.
            self._engine.dispose()

    @cached_property
    def _engine(self) -> Engine:
        return connect(self._settings.database_url)
