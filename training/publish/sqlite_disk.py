"""SQLite's disk, which may become full: then not even a table can be dropped, for want of room in the log.

So a publisher takes more than it needs, gives it back before it tidies, and keeps the log short.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

LEAST, MOST = 2**23, 2**28
"""Bytes. The least is twice the log that SQLite lets grow before it brings it to the file by itself; the most is what
two chunks of rows take in it."""

SHARE = 20
"""A twentieth of what is free, at most."""


class DiskReserve:
    """Room on the disk, taken by a file beside the database.

    Args:
        engine: the database; on a server there is no such file.
    """

    def __init__(self, engine: Engine) -> None:
        is_file = engine.dialect.name == "sqlite" and engine.url.database
        self._path = Path(f"{engine.url.database}.reserve") if is_file else None

    def take(self) -> None:
        """Take the room.

        Raises:
            OSError: there is none.
        """
        if self._path is not None:
            size = min(max(shutil.disk_usage(self._path.parent).free // SHARE, LEAST), MOST)
            with self._path.open("wb") as file:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, size)
                else:
                    # Not on macOS; what has to be written is kept small.
                    file.write(bytes(LEAST))

    def give_back(self) -> None:
        """Leave the room to the database, as well if another run took it."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def shorten_log(engine: Engine) -> None:
    """Bring what is committed from SQLite's log to the database file, as far as no reader needs the log."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection, suppress(sqlite3.Error):
            # Nothing comes of it within a transaction; where the disk is full the next write tells so.
            connection.connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
