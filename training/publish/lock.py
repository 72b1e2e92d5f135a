"""One publisher at a time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from training.publish.database_lock import LockBusyError, LockName, StillHeld, database_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

LOCK = LockName("quantity_publish", ".lock")


class PublisherBusyError(RuntimeError):
    """Another run is publishing to this database."""


@contextmanager
def publish_lock(engine: Engine, wait_seconds: float) -> Iterator[StillHeld]:
    """Hold the database's publisher lock; it ends with the process or its connection, however that ends.

    Raises:
        PublisherBusyError: another run still held it after ``wait_seconds``.
        sqlalchemy.exc.SQLAlchemyError, OSError: the database cannot be reached.
    """
    try:
        with database_lock(engine, LOCK, wait_seconds) as still_held:
            yield still_held
    except LockBusyError:
        raise PublisherBusyError(
            f"another run is publishing to this database (waited {wait_seconds:g} s); "
            "try again when it has ended, or give --wait a longer time"
        ) from None
