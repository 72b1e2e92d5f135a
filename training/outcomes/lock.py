"""One run at a time writes outcomes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from training.publish.database_lock import LockBusyError, LockName, StillHeld, database_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

LOCK = LockName("quantity_outcomes", ".outcomes.lock")

WAIT_SECONDS = 600


class ScoringBusyError(RuntimeError):
    """Another run is scoring."""


@contextmanager
def scoring_lock(engine: Engine, wait_seconds: float = WAIT_SECONDS) -> Iterator[StillHeld]:
    """Hold the scoring lock of the database; it ends with the process or its connection, however that ends.

    Raises:
        ScoringBusyError: another run still held it after ``wait_seconds``.
        sqlalchemy.exc.SQLAlchemyError, OSError: the database cannot be reached.
    """
    try:
        with database_lock(engine, LOCK, wait_seconds) as still_held:
            yield still_held
    except LockBusyError:
        raise ScoringBusyError(
            f"another run is scoring or replaying (waited {wait_seconds:g} s); try again when it has ended"
        ) from None
