"""One publisher at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.publish.database_lock import Lock, LockBusyError, StillHeld, database_lock

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import Engine


class PublisherBusyError(LockBusyError):
    """Another run is publishing to this database."""


LOCK = Lock(
    "quantity_publish",
    ".lock",
    PublisherBusyError,
    "publishing to this database",
    "try again when it has ended, or give --wait a longer time",
)


def publish_lock(engine: Engine, wait_seconds: float) -> AbstractContextManager[StillHeld]:
    """Hold the database's publisher lock; it ends with the process or its connection, however that ends.

    Raises:
        PublisherBusyError: another run still held it after ``wait_seconds``.
        sqlalchemy.exc.SQLAlchemyError, OSError: the database cannot be reached.
    """
    return database_lock(engine, LOCK, wait_seconds)
