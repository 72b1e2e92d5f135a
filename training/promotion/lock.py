"""One run at a time decides who is champion."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from training.publish.database_lock import LockBusyError, LockName, StillHeld, database_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

LOCK = LockName("quantity_promotion", ".promotion.lock")

WAIT_SECONDS = 600
"""Longer than another run compares its version once more."""


class PromotionBusyError(RuntimeError):
    """Another run decides who is champion."""


@contextmanager
def promotion_lock(engine: Engine, wait_seconds: float = WAIT_SECONDS) -> Iterator[StillHeld]:
    """Hold the promotion lock of the database; it ends with the process or its connection, however that ends.

    Raises:
        PromotionBusyError: another run still held it after ``wait_seconds``.
        sqlalchemy.exc.SQLAlchemyError, OSError: the database cannot be reached.
    """
    try:
        with database_lock(engine, LOCK, wait_seconds) as still_held:
            yield still_held
    except LockBusyError:
        raise PromotionBusyError(
            f"another run is deciding who is champion (waited {wait_seconds:g} s); try again when it has ended"
        ) from None
