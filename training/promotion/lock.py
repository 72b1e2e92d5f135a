"""One run at a time decides who is champion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.publish.database_lock import Lock, LockBusyError, StillHeld, database_lock

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import Engine

WAIT_SECONDS = 600
"""Longer than another run compares its version once more."""


class PromotionBusyError(LockBusyError):
    """Another run decides who is champion."""


LOCK = Lock("quantity_promotion", ".promotion.lock", PromotionBusyError, "deciding who is champion")


def promotion_lock(engine: Engine, wait_seconds: float = WAIT_SECONDS) -> AbstractContextManager[StillHeld]:
    """Hold the promotion lock of the database; it ends with the process or its connection, however that ends.

    Raises:
        PromotionBusyError: another run still held it after ``wait_seconds``.
        sqlalchemy.exc.SQLAlchemyError, OSError: the database cannot be reached.
    """
    return database_lock(engine, LOCK, wait_seconds)
