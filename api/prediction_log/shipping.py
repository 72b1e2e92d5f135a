"""Ships segments to the database, and each of them once.

A segment is inserted by one transaction and then deleted. One that is found in the table was inserted by a loader that
was killed before it could delete the file.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from msgspec.structs import replace

from api.loading.reason import Reasons
from api.loading.status import Failure, Kind, ShippingStatus
from api.loading.timing import Backoff
from api.prediction_log.folder import adopt_orphans, ready_segments
from api.prediction_log.rows import MalformedSegmentError, rows_of
from api.prediction_log.table import REFUSALS, PredictionTable, TableMissingError
from api.prediction_log.waiting import (
    REFUSED,
    claimed,
    pairs_in,
    read_segment,
    refused_segments,
    size_of,
    waiting_in,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from api.prediction_log.waiting import Segment
    from quantity.settings import Settings

BATCH_PAIRS, BATCH_SEGMENTS = 50_000, 200
"""Most of what is inserted by one transaction, but for a segment that is larger by itself."""

LONGEST_RETRY_SECONDS = 30.0

_MEGABYTE = 10**6
_LOG = "prediction log"

logger = logging.getLogger(__name__)


class Shipper:
    """Ships the segments of a folder, which several loaders may share.

    Args:
        settings: of the program.
        folder: of the segments.

    Attributes:
        status: how it stands.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings, self._folder = settings, folder
        self._table, self._reasons = PredictionTable(settings), Reasons(settings)
        self._backoff = self._new_backoff()
        self._shipping_since: float | None = None
        self.status = ShippingStatus()

    def look(self) -> None:
        """Ship what is ready. Never raises: whatever goes wrong, segments wait."""
        self._shipping_since = time.monotonic()
        try:
            self._look()
        except Exception as error:  # noqa: BLE001 - a database or a disk fails in whatever way it does
            self._failed(error)
        self._shipping_since = None

    def overdue(self) -> str | None:
        """What takes longer than it may, if anything does."""
        since, most = self._shipping_since, self._settings.api_load_seconds
        if since is None or time.monotonic() - since <= most:
            return None
        return f"shipping the {_LOG} takes more than {most:g} seconds"

    def _look(self) -> None:
        adopt_orphans(self._folder)
        self._drop_oldest()
        try:
            if not (ready := ready_segments(self._folder)):
                self._recovered()
            elif self._backoff.due(_LOG):
                self._ship(ready)
        finally:
            waiting, refused = waiting_in(self._folder), refused_segments(self._folder)
            self._tell(waiting_bytes=waiting.size, waiting_since=waiting.since, refused_segments=len(refused))

    def _ship(self, paths: Sequence[Path]) -> None:
        left = list(reversed(paths))
        with self._table.connected() as connection:
            while left:
                self._shipping_since = time.monotonic()
                with ExitStack() as claims:
                    self._insert(connection, self._next_batch(left, claims))
                # What waits may take minutes; that it is shipped again is told at once.
                self._recovered()

    def _next_batch(self, left: list[Path], claims: ExitStack) -> list[Segment]:
        """The oldest segments of those left, which it takes out of the list."""
        batch: list[Segment] = []
        while left and len(batch) < BATCH_SEGMENTS and sum(segment.pairs for segment in batch) < BATCH_PAIRS:
            path = left.pop()
            if claims.enter_context(claimed(path)):
                batch += self._read(path)
        return batch

    def _read(self, path: Path) -> list[Segment]:
        try:
            return [read_segment(path)]
        except (MalformedSegmentError, OSError) as error:
            self._set_aside(path, 0, error)
            return []

    def _insert(self, connection: Connection, batch: Sequence[Segment]) -> None:
        new = self._not_held(connection, batch)
        try:
            self._table.insert(connection, (row for each in new for row in rows_of(each.segment_id, each.blocks)))
        except (MalformedSegmentError, *REFUSALS) as error:
            if len(new) > 1:
                for segment in new:
                    self._insert(connection, [segment])
            elif self._not_held(connection, new):
                self._set_aside(new[0].path, new[0].pairs, error)
        else:
            self._tell(shipped_pairs=self.status.shipped_pairs + sum(segment.pairs for segment in new))
        for segment in batch:
            segment.path.unlink(missing_ok=True)

    def _not_held(self, connection: Connection, batch: Sequence[Segment]) -> list[Segment]:
        held = self._table.held(connection, [segment.segment_id for segment in batch])
        return [segment for segment in batch if segment.segment_id not in held]

    def _set_aside(self, path: Path, pairs: int, error: Exception) -> None:
        path.rename(path.with_suffix(REFUSED))
        self._tell(refused_pairs=self.status.refused_pairs + pairs)
        logger.error("segment refused", extra={"segment": path.name, "pairs": pairs, "reason": str(error)})

    def _drop_oldest(self) -> None:
        """Keep what waits below the limit; segments that are still written count, and stay."""
        refused = refused_segments(self._folder)
        excess = waiting_in(self._folder).size + sum(map(size_of, refused))
        excess -= self._settings.prediction_log_megabytes * _MEGABYTE
        # Refused segments first: they wait for nothing.
        for path in (*refused, *ready_segments(self._folder)):
            if excess <= 0:
                return
            with claimed(path) as is_claimed:
                if is_claimed:
                    excess -= size_of(path)
                    self._drop(path)

    def _drop(self, path: Path) -> None:
        pairs = 0 if path.suffix == REFUSED else pairs_in(path)
        path.unlink()
        self._tell(dropped_pairs=self.status.dropped_pairs + pairs)
        logger.error("segment dropped: too many wait", extra={"segment": path.name, "pairs": pairs})

    def _failed(self, error: Exception) -> None:
        self._backoff.failed(_LOG)
        kind = Kind.ABSENT if isinstance(error, TableMissingError) else Kind.ERROR
        failure = Failure(self._reasons.of(error), None, dt.datetime.now(dt.UTC), kind)
        if self.status.failure is None or self.status.failure.reason != failure.reason:
            level = logging.WARNING if kind is Kind.ABSENT else logging.ERROR
            logger.log(level, "predictions not shipped", extra={"reason": self._reasons.for_log(error)})
        self._tell(failure=failure)

    def _recovered(self) -> None:
        self._backoff = self._new_backoff()
        if self.status.failure is not None:
            self._tell(failure=None)
            logger.info("predictions shipped again")

    def _new_backoff(self) -> Backoff:
        return Backoff(self._settings.api_poll_seconds, LONGEST_RETRY_SECONDS)

    def _tell(self, **changes: object) -> None:
        self.status = replace(self.status, **changes)
