"""One run at a time writes outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.publish.database_lock import Lock, LockBusyError, StillHeld, database_lock

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import Engine

WAIT_SECONDS = 600


class ScoringBusyError(LockBusyError):
    """Another run is scoring."""


LOCK = Lock("quantity_outcomes", ".outcomes.lock", ScoringBusyError, "scoring or replaying")


def scoring_lock(engine: Engine, wait_seconds: float = WAIT_SECONDS) -> AbstractContextManager[StillHeld]:
    """Hold the scoring lock of the database; it ends with the process or its connection, however that ends.

    Raises:
        ScoringBusyError: another run still held it after ``wait_seconds``.
        sqlalchemy.exc.SQLAlchemyError, OSError: the database cannot be reached.
    """
    return database_lock(engine, LOCK, wait_seconds)
