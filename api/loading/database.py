"""Snapshots from the database."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from api.loading.room import ensure_room
from api.loading.source import Offer
from api.serving.halves import SnapshotInMemory
from quantity.db.engine import connect
from quantity.db.keys import read_key_tables
from quantity.db.latest import read_latest
from quantity.db.snapshots import published
from quantity.online.snapshot import READ, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from quantity.db.latest import Pieces
    from quantity.settings import Settings
    from quantity.versions import Published

ANSWER_SECONDS = 10.0
"""So long the server may take for a step of the conversation, logging in included."""


class NothingPublishedError(RuntimeError):
    """The snapshot that was to be read is gone."""


class Database:
    """The published snapshot."""

    absent = withdrawn = "the database has no published snapshot"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def offer(self) -> Offer | None:
        """The current publication."""
        with self.connected() as engine:
            found = published(engine)
        return None if found is None else Offer(found.publication, found.publication)

    def is_withdrawn(self) -> bool:
        """Never: nobody takes a snapshot away without publishing another; tables that are gone are lost."""
        return False

    def load(self, version: str) -> SnapshotInMemory:
        """Read the published snapshot: this publication, or one that has replaced it since.

        Raises:
            NoRoomError: it does not fit into memory.
        """
        with self.connected() as engine:
            features = read_latest(engine, _built, READ)
            # After the snapshot: publications only add keys, so these hold all of the snapshot's.
            keys = read_key_tables(engine)
        if features is None:
            raise NothingPublishedError(f"publication {version} is gone and nothing has replaced it")
        return SnapshotInMemory(features.with_keys(keys), dt.datetime.now(dt.UTC))

    @contextmanager
    def connected(self) -> Iterator[Engine]:
        """Connections for one step."""
        try:
            yield self._engine
        finally:
            # Seconds pass until the next poll: a connection kept would outlive a replaced SQLite file.
            self._engine.dispose()

    @cached_property
    def _engine(self) -> Engine:
        return connect(self._settings.database_url, timeout_seconds=ANSWER_SECONDS)


def _built(snapshot: Published, latest: Pieces) -> Snapshot:
    ensure_room(snapshot)
    return Snapshot.build_in_pieces(snapshot, latest)
