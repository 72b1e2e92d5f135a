"""The segment that a service appends to."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from api.prediction_log.folder import OPEN, READY, new_segment_id, segment_path

if TYPE_CHECKING:
    from pathlib import Path

SEGMENT_SECONDS: Final = 5.0
"""A segment is closed at this age, so that its answers are soon in the database,"""

SEGMENT_BYTES: Final = 8_000_000
"""or at this size: some 200,000 pairs."""


class OpenSegment:
    """A new segment, locked until it is closed.

    Nothing is forced to the disk: a killed process leaves what it has written, a machine without power may not.

    Args:
        folder: of the segments; it is made where it is missing.

    Raises:
        OSError: the segment cannot be made, or another process has taken it for an orphan just now.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = segment_path(folder, new_segment_id(), OPEN)
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._path.stat()
        except OSError:
            os.close(self._descriptor)
            raise
        self._bytes = 0
        self._opened_at = time.monotonic()

    @property
    def is_due(self) -> bool:
        """Whether it is old or large enough to be closed."""
        return self._bytes >= SEGMENT_BYTES or time.monotonic() - self._opened_at >= SEGMENT_SECONDS

    def append(self, block: bytes) -> None:
        """Append a block, as `encode` writes it.

        Raises:
            OSError: the disk is full or fails; the segment holds its whole blocks, and more may be appended.
        """
        end = self._bytes
        rest = memoryview(block)
        try:
            while rest:
                written = os.pwrite(self._descriptor, rest, end)
                rest, end = rest[written:], end + written
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._bytes)
            raise
        self._bytes = end

    def close(self) -> None:
        """Make it ready to be shipped; without a block it is removed.

        Raises:
            OSError: it is gone, or cannot be renamed: then its lock is free, and whoever looks next adopts it.
        """
        try:
            if self._bytes:
                self._path.rename(self._path.with_suffix(READY))
            else:
                self._path.unlink()
        finally:
            os.close(self._descriptor)
