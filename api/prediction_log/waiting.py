"""Segments that wait for the database: one loader at a time has each, and only so many bytes may wait."""

from __future__ import annotations

import datetime as dt
import fcntl
import logging
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from api.prediction_log.folder import OPEN, READY, segment_id_of
from api.prediction_log.rows import MalformedSegmentError
from api.prediction_log.segment import encode, read_blocks
from quantity.db.monitoring_tables import SEGMENT_TIME_SHIFT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.prediction_log.segment import Block

REFUSED = ".refused"
"""The suffix of segments that the database will never take; they are kept for whoever wants to know why."""

_LARGEST_ID = 2**63 - 1
_MILLISECONDS_IN_SECOND = 1000

logger = logging.getLogger(__name__)


class Segment(NamedTuple):
    """A segment in memory.

    Attributes:
        path: of its file.
        segment_id: as its file is named.
        blocks: all that can be read.
        pairs: how many answered pairs they hold.
    """

    path: Path
    segment_id: int
    blocks: list[Block]
    pairs: int


class Waiting(NamedTuple):
    """What waits.

    Attributes:
        size: in bytes.
        since: when the oldest segment was begun (UTC), or None where there is none.
    """

    size: int
    since: dt.datetime | None


@contextmanager
def claimed(path: Path) -> Iterator[bool]:
    """Hold the lock of a segment's file; false where another process has it, or has done with it already."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield False
        return
    try:
        yield _lock(descriptor) and path.exists()
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def read_segment(path: Path) -> Segment:
    """Read a segment.

    Raises:
        MalformedSegmentError: the file is none.
        OSError: the file cannot be read.
    """
    try:
        segment_id, blocks = segment_id_of(path), list(read_blocks(path))
        pairs = sum(block.pairs for block in blocks)
    except (LookupError, ValueError, msgspec.MsgspecError) as error:
        raise MalformedSegmentError(f"{type(error).__name__}: {error}") from error
    unread = path.stat().st_size - sum(len(encode(block)) for block in blocks)
    if not 0 < segment_id <= _LARGEST_ID or (unread and not blocks):
        raise MalformedSegmentError("it is named or begins otherwise")
    if unread:
        logger.warning("the end of a segment cannot be read", extra={"segment": path.name, "bytes": unread})
    return Segment(path, segment_id, blocks, pairs)


def pairs_in(path: Path) -> int:
    """How many pairs of a file can be read, whatever it is."""
    with suppress(MalformedSegmentError, OSError):
        return read_segment(path).pairs
    return 0


def refused_segments(folder: Path) -> list[Path]:
    """The segments that were set aside."""
    return sorted(folder.glob(f"*{REFUSED}"))


def waiting_in(folder: Path) -> Waiting:
    """What waits in the folder, the segments that are still written included."""
    paths = [path for suffix in (OPEN, READY) for path in folder.glob(f"[0-9]*{suffix}")]
    times = [time for path in paths if (time := _begun_at(path)) is not None]
    return Waiting(sum(map(size_of, paths)), min(times, default=None))


def size_of(path: Path) -> int:
    """Bytes of a file; 0 where it is gone by now."""
    with suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def _begun_at(path: Path) -> dt.datetime | None:
    with suppress(ValueError, ArithmeticError, OSError):
        milliseconds = segment_id_of(path) >> SEGMENT_TIME_SHIFT
        return dt.datetime.fromtimestamp(milliseconds / _MILLISECONDS_IN_SECOND, dt.UTC)
    return None
