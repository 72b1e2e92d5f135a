"""Keeps one part of the local copy at the version that its source has."""

from __future__ import annotations

import datetime as dt
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic

from msgspec.structs import replace

from api.loading.contents import DamagedCopyError, is_withdrawn, write_withdrawal
from api.loading.source import T
from api.loading.status import Failure, Kind, SourceStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from api.loading.local_copy import LocalCopies
    from api.loading.reason import Reasons
    from api.loading.source import Offer, Source
    from api.loading.timing import Backoff

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Part(Generic[T]):
    """A part of the local copy.

    Attributes:
        name: of its folder.
        identity_in: of the version that a folder holds.
        write: writes a version into an empty folder.
        check: raises if a version does not answer as it should.
    """

    name: str
    identity_in: Callable[[Path], str]
    write: Callable[[T, Path], None]
    check: Callable[[T], None]


class CopyFailedError(RuntimeError):
    """The local copy could not be written."""


class Updater(Generic[T]):
    """Looks at one source, and loads what is new into the local copy.

    Args:
        part: what it keeps.
        source: where from.
        copies: the local copies.
        backoff: when to try a version again.
        reasons: describes errors.
        on_change: called when there is another status.

    Attributes:
        status: how it stands with the source.
        looking_since: when the current look began, if there is one.
        loading_since: when the current load began, if there is one.
        has_looked: whether a look has come to its end, with all that it had to load.
    """

    def __init__(
        self,
        part: Part[T],
        source: Source[T],
        copies: LocalCopies,
        *,
        backoff: Backoff,
        reasons: Reasons,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._part, self._source, self._copies = part, source, copies
        self._backoff, self._reasons, self._on_change = backoff, reasons, on_change
        self.status = SourceStatus()
        self.has_looked = False
        self._kept: str | None = None
        self.looking_since: float | None = None
        self.loading_since: float | None = None

    def look(self) -> None:
        """Look at the source once. Never raises: whatever goes wrong, the local copy stays as it is."""
        self.looking_since = time.monotonic()
        offer: Offer | None = None
        try:
            offer = self._ask()
            self._follow(offer)
        except Exception as error:  # noqa: BLE001 - a source fails in whatever way it does
            self._failed(offer, error)
        self._tell(attempts=self.status.attempts + 1)
        self.looking_since, self.has_looked = None, True

    def _ask(self) -> Offer | None:
        offer = self._source.offer()
        looks, now = self.status.looks + 1, dt.datetime.now(dt.UTC)
        self._tell(looks=looks, version=offer and offer.version, looked_at=now)
        return offer

    def _follow(self, offer: Offer | None) -> None:
        if offer is None:
            self._miss()
        elif offer.identity == self._held():
            self._recovered(offer.version)
        elif self._backoff.due(offer.identity):
            self._load(offer.version)

    def _held(self) -> str | None:
        """The identity of the version in the local copy, or None where there is none that can be read."""
        folder = self._copies.part(self._part.name)
        try:
            return None if folder is None else self._part.identity_in(folder)
        except (DamagedCopyError, FileNotFoundError):
            return None

    def _load(self, version: str) -> None:
        # Looked at already: nobody needs to wait for the load to know that the source answers.
        self._tell(attempts=self.status.attempts + 1)
        self.looking_since, self.loading_since = None, time.monotonic()
        try:
            value = self._source.load(version)
            self._publish(value)
        finally:
            seconds = time.monotonic() - self.loading_since
            self.loading_since = None
        self._kept = value.version
        self._tell(loads=self.status.loads + 1, failure=None)
        self._log(logging.INFO, "loaded", version=value.version, seconds=round(seconds, 3))

    def _publish(self, value: T) -> None:
        def check_and_write(folder: Path) -> None:
            self._part.check(value)
            self._part.write(value, folder)

        self._copy(check_and_write)

    def _copy(self, write: Callable[[Path], None]) -> None:
        try:
            self._copies.publish({self._part.name: write})
        except OSError as error:
            failures = self.status.copy_failures + 1
            self._tell(copy_failures=failures, copy_is_failing=True)
            raise CopyFailedError(f"the local copy cannot be written: {error.strerror}") from error
        self._tell(copy_is_failing=False)

    def _miss(self) -> None:
        if not self._source.is_withdrawn():
            self._note(self._failure(self._source.absent, None, Kind.ABSENT), logging.WARNING)
            return
        folder = self._copies.part(self._part.name)
        if folder is None or not is_withdrawn(folder):
            self._copy(write_withdrawal)
        self._kept = None
        self._note(self._failure(self._source.withdrawn, None, Kind.WITHDRAWN), logging.WARNING)

    def _failed(self, offer: Offer | None, error: Exception) -> None:
        self._tell(failures=self.status.failures + 1)
        if offer is not None:
            self._backoff.failed(offer.identity)
        reason, version = self._reasons.of(error), offer and offer.version
        self._note(self._failure(reason, version, Kind.ERROR), logging.ERROR, error=self._reasons.for_log(error))

    def _failure(self, reason: str, version: str | None, kind: Kind) -> Failure:
        return Failure(reason, version, dt.datetime.now(dt.UTC), kind)

    def _note(self, failure: Failure, level: int, **fields: object) -> None:
        before = self.status.failure
        self._tell(failure=failure)
        if before is None or (before.reason, before.version) != (failure.reason, failure.version):
            self._log(level, "not loaded", version=failure.version, reason=failure.reason, served=self._kept, **fields)

    def _recovered(self, version: str) -> None:
        self._kept = version
        if self.status.failure is not None:
            self._tell(failure=None)
            self._log(logging.INFO, "is current again", version=version)

    def _tell(self, **changes: object) -> None:
        self.status = replace(self.status, **changes)
        self._on_change()

    def _log(self, level: int, what: str, **fields: object) -> None:
        logger.log(level, "%s %s", self._part.name, what, extra=fields)
