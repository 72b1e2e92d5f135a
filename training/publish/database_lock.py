"""Locks that runs share, on both kinds of database: each ends with the process or the connection that holds it."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from filelock import FileLock, Timeout
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

IDLE_SECONDS = 7 * 24 * 3600
"""How long the connection that holds the lock may wait for the run's next step (MySQL)."""

StillHeld: TypeAlias = "Callable[[], None]"
"""Raises ``sqlalchemy.exc.SQLAlchemyError`` if the lock has ended with its connection."""


class LockBusyError(RuntimeError):
    """Another run holds the lock."""


class Lock(NamedTuple):
    """A lock of each database.

    Attributes:
        on_server: what it is called on a server.
        ending: of the file that it is beside SQLite's.
        busy: what is raised where another run holds it,
        holder: and what that run is doing, in words;
        advice: what to do then.
    """

    on_server: str
    ending: str
    busy: type[LockBusyError]
    holder: str
    advice: str = "try again when it has ended"

    def error(self, wait_seconds: float) -> LockBusyError:
        """The error of a run that has waited so long."""
        return self.busy(f"another run is {self.holder} (waited {wait_seconds:g} s); {self.advice}")


@contextmanager
def database_lock(engine: Engine, lock: Lock, wait_seconds: float) -> Iterator[StillHeld]:
    """Hold a lock of the database; it ends with the process or its connection, however that ends.

    Raises:
        LockBusyError: the lock's own kind; another run still held it after ``wait_seconds``.
        sqlalchemy.exc.SQLAlchemyError, OSError: the database cannot be reached.
    """
    hold = _file_lock if engine.dialect.name == "sqlite" else _server_lock
    with hold(engine, lock, wait_seconds) as still_held:
        yield still_held


@contextmanager
def _file_lock(engine: Engine, lock: Lock, wait_seconds: float) -> Iterator[StillHeld]:
    path = Path(f"{engine.url.database}{lock.ending}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = FileLock(path).acquire(timeout=wait_seconds)
    except Timeout:
        raise lock.error(wait_seconds) from None
    with file:
        yield lambda: None


@contextmanager
def _server_lock(engine: Engine, lock: Lock, wait_seconds: float) -> Iterator[StillHeld]:
    # A lock of its own database's name: one server may hold several installations.
    full = f"{lock.on_server}.{engine.url.database}"[:64]
    with engine.connect() as connection:
        connection.execute(text(f"SET SESSION wait_timeout = {IDLE_SECONDS}"))
        got = connection.scalar(text("SELECT GET_LOCK(:name, :wait)"), {"name": full, "wait": wait_seconds})
        if got != 1:
            raise lock.error(wait_seconds)
        try:
            yield lambda: connection.execute(text("SELECT 1")).close()
        finally:
            # A connection that is lost has taken its lock along.
            with suppress(SQLAlchemyError):
                connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": full})
