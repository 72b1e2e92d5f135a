"""One publisher at a time, on both kinds of database."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

LOCK_NAME = "quantity_publish"


class PublisherBusyError(RuntimeError):
    """Another run is publishing to this database."""


@contextmanager
def publish_lock(engine: Engine, wait_seconds: float) -> Iterator[None]:
    """Hold the database's publisher lock; it ends with the process or its connection, however that ends.

    Raises:
        PublisherBusyError: another run still held it after ``wait_seconds``.
    """
    hold = _file_lock if engine.dialect.name == "sqlite" else _server_lock
    with hold(engine, wait_seconds):
        yield


def _busy(wait_seconds: float) -> PublisherBusyError:
    return PublisherBusyError(
        f"another run is publishing to this database (waited {wait_seconds:g} s); "
        "try again when it has ended, or give --wait a longer time"
    )


@contextmanager
def _file_lock(engine: Engine, wait_seconds: float) -> Iterator[None]:
    path = Path(f"{engine.url.database}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path, timeout=wait_seconds):
            yield
    except Timeout:
        raise _busy(wait_seconds) from None


@contextmanager
def _server_lock(engine: Engine, wait_seconds: float) -> Iterator[None]:
    # A lock of its own database's name: one server may hold several installations.
    name = f"{LOCK_NAME}.{engine.url.database}"[:64]
    with engine.connect() as connection:
        got = connection.scalar(text("SELECT GET_LOCK(:name, :wait)"), {"name": name, "wait": wait_seconds})
        if got != 1:
            raise _busy(wait_seconds)
        try:
            yield
        finally:
            connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": name})
