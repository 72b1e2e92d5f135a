"""The folder of segments: their names, and those that nobody writes any more.

A segment is called ``<id>.open`` while its writer, which holds a lock on it, appends blocks, and ``<id>.ready`` from
then on. Several services, and their loaders, may share the folder.
"""

from __future__ import annotations

import fcntl
import random
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from quantity.settings import Settings

OPEN, READY = ".open", ".ready"

_RANDOM_BITS = 20
_NANOSECONDS_IN_MILLISECOND = 1_000_000
_DIGITS = 19


def log_folder(settings: Settings) -> Path:
    """Where segments are kept."""
    return settings.local_dir / "prediction_log"


def new_segment_id() -> int:
    """A positive number of 63 bits that rises with time: milliseconds since 1970-01-01, then 20 random bits."""
    milliseconds = time.time_ns() // _NANOSECONDS_IN_MILLISECOND
    return milliseconds << _RANDOM_BITS | random.getrandbits(_RANDOM_BITS)


def segment_path(folder: Path, segment_id: int, suffix: str = READY) -> Path:
    """The file of a segment."""
    return folder / f"{segment_id:0{_DIGITS}d}{suffix}"


def segment_id_of(path: Path) -> int:
    """The id that a segment is named by.

    Raises:
        ValueError: it is named otherwise.
    """
    return int(path.stem)


def ready_segments(folder: Path) -> list[Path]:
    """The segments that are to be shipped, oldest first."""
    return sorted(folder.glob(f"[0-9]*{READY}"))


def adopt_orphans(folder: Path) -> None:
    """Make the segments ready whose writers were killed: their locks are free."""
    for path in folder.glob(f"[0-9]*{OPEN}"):
        # Still written, adopted by another, or not to be opened: the next look tells.
        with suppress(OSError):
            _adopt(path)


def _adopt(path: Path) -> None:
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.stat().st_size:
            path.rename(path.with_suffix(READY))
        else:
            path.unlink()
