"""Writes blocks to segments, whatever the disk does."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Final

from api.prediction_log.open_segment import OpenSegment

if TYPE_CHECKING:
    from pathlib import Path

    from api.prediction_log.blocks import Encoded

MOST_WAITING_BYTES: Final = 64_000_000
"""So much waits in memory for a disk that fails: two million pairs in small requests."""

logger = logging.getLogger(__name__)


class Writer:
    """Appends blocks to one segment after the other; what cannot be written waits, and the oldest goes first.

    Args:
        folder: of the segments.
        most_waiting_bytes: so much waits at most.

    Attributes:
        logged_pairs: pairs in segments.
        lost_pairs: pairs that waited in vain.
    """

    def __init__(self, folder: Path, most_waiting_bytes: int = MOST_WAITING_BYTES) -> None:
        self._folder, self._most_waiting_bytes = folder, most_waiting_bytes
        self._segment: OpenSegment | None = None
        self._waiting: deque[Encoded] = deque()
        self._waiting_bytes = 0
        self._is_failing = False
        self.logged_pairs = self.lost_pairs = 0

    def write(self, block: Encoded) -> None:
        """Write a block after those that wait, or let it wait."""
        self._waiting.append(block)
        self._waiting_bytes += len(block.content)
        # At a disk that fails, one attempt at a time: that of `tend`.
        if not self._is_failing:
            self._write_waiting()
        while self._waiting_bytes > self._most_waiting_bytes:
            self.lost_pairs += self._next_waiting().pairs

    def tend(self) -> None:
        """Try again what has failed, and close a segment that is due."""
        self._write_waiting()
        if self._segment is not None and self._segment.is_due:
            self._close()

    def end(self) -> None:
        """Write what waits, if that can be, and close the segment; what still waits is lost."""
        self._write_waiting()
        self._close()
        while self._waiting:
            self.lost_pairs += self._next_waiting().pairs

    def _write_waiting(self) -> None:
        try:
            while self._waiting:
                self._segment = self._segment or OpenSegment(self._folder)
                self._segment.append(self._waiting[0].content)
                self.logged_pairs += self._next_waiting().pairs
        except OSError as error:
            self._note_failure(error)
        else:
            self._note_success()

    def _next_waiting(self) -> Encoded:
        block = self._waiting.popleft()
        self._waiting_bytes -= len(block.content)
        return block

    def _close(self) -> None:
        segment, self._segment = self._segment, None
        try:
            if segment is not None:
                segment.close()
        except OSError as error:
            self._note_failure(error)

    def _note_failure(self, error: OSError) -> None:
        if not self._is_failing:
            logger.error("predictions not logged", extra={"reason": str(error)})
        self._is_failing = True

    def _note_success(self) -> None:
        if self._is_failing:
            logger.info("predictions logged again")
        self._is_failing = False
