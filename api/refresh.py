"""Keeps one thing current: asks its source for the version, loads a new one aside, puts it into service."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic

from api.source import T

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.backoff import Backoff
    from api.local_copy import LocalCopy
    from api.reason import Reasons
    from api.reload_metrics import ReloadMetrics
    from api.source import Source

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadFailure:
    """Why the source's version is not in service.

    Attributes:
        reason: in one line.
        version: the version that failed, or None if the source could not even be asked.
        at: when it was seen last (UTC).
        is_absence: whether the source answers, and has none.
    """

    reason: str
    version: str | None
    at: dt.datetime
    is_absence: bool = False


class Refresher(Generic[T]):
    """Follows one source.

    Args:
        source: what to follow.
        put: puts a new one into service, or raises.
        copy: the local copies.
        backoff: when to try a version again.
        reasons: describes errors.
        metrics: counts.
    """

    def __init__(
        self,
        source: Source[T],
        put: Callable[[T], None],
        *,
        copy: LocalCopy,
        backoff: Backoff,
        reasons: Reasons,
        metrics: ReloadMetrics,
    ) -> None:
        self._source, self._put = source, put
        self._copy, self._backoff, self._reasons, self._metrics = copy, backoff, reasons, metrics
        self._lock = threading.Lock()
        self._version: str | None = None
        self._failure: LoadFailure | None = None
        self._settled = False

    @property
    def failure(self) -> LoadFailure | None:
        """Why what the source has is not in service, or None if it is."""
        return self._failure

    @property
    def settled(self) -> bool:
        """Whether the first attempt is over, with or without success."""
        return self._settled

    def refresh(self) -> None:
        """Look at the source once. Never raises: whatever goes wrong, what is in service stays there."""
        with self._lock:
            version: str | None = None
            try:
                version = self._source.version()
                self._follow(version)
            except Exception as error:  # noqa: BLE001 - a source fails in whatever way it does
                self._failed(version, error)
            if not self._settled and self._version is None:
                self._restore()
            self._settled = True

    def _follow(self, version: str | None) -> None:
        if version is None:
            self._missed()
        elif version == self._version:
            self._recovered()
        elif self._backoff.due(version):
            self._load(version)

    def _load(self, version: str) -> None:
        started = time.perf_counter()
        value = self._source.fetch(version)
        self._put(value)
        self._version = value.version
        self._metrics.loaded(self._source.name)
        self._failure = None
        self._log(logging.INFO, "loaded", version=self._version, seconds=round(time.perf_counter() - started, 3))
        self._save(value)

    def _missed(self) -> None:
        level = logging.INFO if self._version is None else logging.WARNING
        self._note(LoadFailure(self._source.absent, None, dt.datetime.now(dt.UTC), is_absence=True), level)

    def _failed(self, version: str | None, error: Exception) -> None:
        self._metrics.failed(self._source.name)
        if version is not None:
            self._backoff.failed(version)
        self._note(LoadFailure(self._reasons.of(error), version, dt.datetime.now(dt.UTC)), logging.ERROR)

    def _note(self, failure: LoadFailure, level: int) -> None:
        before, self._failure = self._failure, failure
        if before is None or (before.reason, before.version) != (failure.reason, failure.version):
            self._log(level, "not loaded", version=failure.version, reason=failure.reason, served=self._version)

    def _recovered(self) -> None:
        if self._failure is not None:
            self._failure = None
            self._log(logging.INFO, "is current again", version=self._version)

    def _save(self, value: T) -> None:
        try:
            self._copy.save(lambda folder: self._source.write(value, folder))
        except Exception as error:  # noqa: BLE001 - the copy is for worse days; this one goes on without it
            self._metrics.copy_failed(self._source.name)
            self._log(logging.ERROR, "local copy not written", reason=self._reasons.of(error))

    def _restore(self) -> None:
        for folder in self._copy.newest_first():
            try:
                value = self._source.read(folder)
                self._put(value)
            except Exception as error:  # noqa: BLE001 - a damaged copy fails in whatever way it does
                self._log(logging.ERROR, "local copy ignored", reason=self._reasons.of(error))
            else:
                self._log(logging.WARNING, "loaded from the local copy", version=value.version)
                return

    def _log(self, level: int, what: str, **fields: object) -> None:
        logger.log(level, "%s %s", self._source.name, what, extra={"fields": fields})
