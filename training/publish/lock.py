"""One publisher at a time, on both kinds of database."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from filelock import FileLock, Timeout
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

LOCK_NAME = "quantity_publish"

IDLE_SECONDS = 7 * 24 * 3600
"""How long the connection that holds the lock may wait for the run's next step (MySQL)."""

StillHeld: TypeAlias = "Callable[[], None]"
"""Raises ``sqlalchemy.exc.SQLAlchemyError`` if the lock has ended with its connection."""


class PublisherBusyError(RuntimeError):
    """Another run is publishing to this database."""


@contextmanager
def publish_lock(engine: Engine, wait_seconds: float) -> Iterator[StillHeld]:
    """Hold the database's publisher lock; it ends with the process or its connection, however that ends.

    Raises:
        PublisherBusyError: another run still held it after ``wait_seconds``.
        sqlalchemy.exc.SQLAlchemyError, OSError: the database cannot be reached.
    """
    hold = _file_lock if engine.dialect.name == "sqlite" else _server_lock
    with hold(engine, wait_seconds) as still_held:
        yield still_held


def _busy(wait_seconds: float) -> PublisherBusyError:
    return PublisherBusyError(
        f"another run is publishing to this database (waited {wait_seconds:g} s); "
        "try again when it has ended, or give --wait a longer time"
    )


@contextmanager
def _file_lock(engine: Engine, wait_seconds: float) -> Iterator[StillHeld]:
    path = Path(f"{engine.url.database}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path, timeout=wait_seconds):
            yield lambda: None
    except Timeout:
        raise _busy(wait_seconds) from None


@contextmanager
def _server_lock(engine: Engine, wait_seconds: float) -> Iterator[StillHeld]:
    # A lock of its own database's name: one server may hold several installations.
    name = f"{LOCK_NAME}.{engine.url.database}"[:64]
    with engine.connect() as connection:
        connection.execute(text(f"SET SESSION wait_timeout = {IDLE_SECONDS}"))
        got = connection.scalar(text("SELECT GET_LOCK(:name, :wait)"), {"name": name, "wait": wait_seconds})
        if got != 1:
            raise _busy(wait_seconds)
        try:
            yield lambda: connection.execute(text("SELECT 1")).close()
        finally:
            # A connection that is lost has taken its lock along.
            with suppress(SQLAlchemyError):
                connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": name})
