"""Keeps the file of outcomes at what the database tells of live accuracy."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from api.loading.database import ANSWER_SECONDS
from api.loading.monitoring_file import MonitoringFile
from api.loading.reason import Reasons
from quantity.db.engine import connect
from quantity.db.outcomes import outcomes_state, read_outcomes

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from api.loading.local_copy import LocalCopies
    from quantity.settings import Settings

LOOK_SECONDS = 15.0
"""Shortest pause between two looks: outcomes change once a night."""

logger = logging.getLogger(__name__)


class MonitoringCopy:
    """Keeps the file at what the database has.

    Args:
        settings: of the program.
        copies: the local copies.
    """

    def __init__(self, settings: Settings, copies: LocalCopies) -> None:
        self._settings, self._reasons = settings, Reasons(settings)
        self._file = MonitoringFile(copies.folder)
        self._state: str | None = None
        self._failure: str | None = None

    def look(self) -> None:
        """Look once. Never raises: whatever goes wrong, the file stays as it is."""
        try:
            self._look()
        except Exception as error:  # noqa: BLE001 - a database fails in whatever way it does
            self._failed(error)
        else:
            self._failure = None

    def _look(self) -> None:
        # No connection is kept: it would outlive a replaced SQLite file.
        engine = connect(self._settings.database_url, timeout_seconds=ANSWER_SECONDS)
        try:
            self._follow(engine)
        finally:
            engine.dispose()

    def _follow(self, engine: Engine) -> None:
        state = outcomes_state(engine)
        if state is None or (state == self._state and self._file.confirm()):
            return
        self._file.write(read_outcomes(engine, self._settings.model_name, self._settings.model_alias))
        self._state = state

    def _failed(self, error: Exception) -> None:
        reason = self._reasons.for_log(error)
        if reason != self._failure:
            logger.error("outcomes not read", extra={"reason": reason})
        self._failure = reason
