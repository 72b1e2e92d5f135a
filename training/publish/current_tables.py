"""The control tables for programs that do not publish: brought up to date without waiting, where they are already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.publish.control_tables import are_current, upgrade_control_tables
from training.publish.lock import publish_lock

if TYPE_CHECKING:
    from sqlalchemy import Engine

WAIT_SECONDS = 3600
"""Longer than a publisher takes; waited for only by the first run after an update of the project."""


def ensure_current_tables(engine: Engine, wait_seconds: float = WAIT_SECONDS) -> None:
    """Make or migrate the control tables, under the publisher lock, unless they are current.

    Raises:
        NewerDatabaseError: a later version of the project has migrated the database.
        PublisherBusyError: another run was publishing for as long as this one waited.
        sqlalchemy.exc.SQLAlchemyError, OSError: the database failed.
    """
    if are_current(engine):
        return
    with publish_lock(engine, wait_seconds):
        upgrade_control_tables(engine)
