"""What a run will take of memory and disk, told before it takes an hour."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from quantity.memory import memory_left

if TYPE_CHECKING:
    from sqlalchemy import Engine

MEMORY_BYTES, MEMORY_BYTES_A_LINE = 1_200_000_000, 85
"""Resident memory at its peak, order lines read: measured with 1, 10 and 50 million lines."""

DISK_BYTES, DISK_BYTES_A_LINE = 2_000_000, 820
"""Of SQLite's file and its log: measured with 10 and 50 million lines."""

SPARK_BYTES, SPARK_BYTES_A_LINE = 500_000_000, 130
"""Resident memory of the driver's Python at its peak, beside Java's: measured with 1 and 10 million lines."""

PARQUET_BYTES_A_LINE = 400
"""Of rows, and of totals that are gone when they are written: measured with 1 and 10 million lines."""

MB, GB = 10**6, 10**9


class NoRoomError(OSError):
    """The disk is too small for what is about to be written."""


@dataclass(frozen=True)
class Room:
    """What a run takes, and what there is, in bytes.

    Attributes:
        memory: what the run takes more than it has.
        memory_left: what it may have more; None: unknown.
        disk: what SQLite's file grows by; 0 for a server, whose disk nobody here knows.
        disk_left: what is free there.
    """

    memory: int
    memory_left: int | None
    disk: int = 0
    disk_left: int = 0

    def __str__(self) -> str:
        told = f"takes about {_gb(self.memory)} more of memory"
        if self.memory_left is not None:
            told += f" ({_gb(self.memory_left)} left)"
        return told + (f" and {_gb(self.disk)} of disk ({_gb(self.disk_left)} free)" if self.disk else "")

    @property
    def is_memory_short(self) -> bool:
        """Whether the run may be ended for want of memory."""
        return self.memory_left is not None and self.memory > self.memory_left


def room_for(engine: Engine, lines: int) -> Room:
    """What so many order lines take.

    Raises:
        NoRoomError: the disk of SQLite's file is too small.
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    own, left = _memory()
    memory = max(MEMORY_BYTES + MEMORY_BYTES_A_LINE * lines - own, 0)
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return Room(memory, left)
    with engine.connect() as connection:
        unused, size = (connection.exec_driver_sql(f"PRAGMA {p}").scalar_one() for p in ("freelist_count", "page_size"))
    room = Room(
        memory,
        left,
        max(DISK_BYTES + DISK_BYTES_A_LINE * lines - unused * size, 0),
        shutil.disk_usage(Path(engine.url.database).resolve().parent).free,
    )
    if room.disk > room.disk_left:
        raise NoRoomError(
            f"the disk will be full: writing {lines:,} order lines takes about {_gb(room.disk)}, and "
            f"{_gb(room.disk_left)} are free in {Path(engine.url.database).resolve().parent}; the snapshots that are "
            "there stay"
        )
    return room


def room_on_spark(folder: Path, lines: int) -> Room:
    """What a run on Spark takes of so many order lines: this process' memory, and a folder's disk.

    Raises:
        NoRoomError: the disk is too small.
    """
    own, left = _memory()
    takes = max(SPARK_BYTES + SPARK_BYTES_A_LINE * lines - own, 0)
    room = Room(takes, left, PARQUET_BYTES_A_LINE * lines, shutil.disk_usage(folder).free)
    if room.disk > room.disk_left:
        raise NoRoomError(
            f"the disk will be full: the rows of {lines:,} order lines take about {_gb(room.disk)}, and "
            f"{_gb(room.disk_left)} are free in {folder}"
        )
    return room


def memory_room(takes: int) -> Room:
    """What a run takes that has so many bytes of memory at its peak, and writes no tables."""
    own, left = _memory()
    return Room(max(takes - own, 0), left)


def _memory() -> tuple[int, int | None]:
    """What this process has, and what is left; None: unknown."""
    try:
        own = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        own = 0
    return own, memory_left()


def _gb(count: int) -> str:
    return f"{count / GB:.1f} GB" if count >= GB // 10 else f"{count / MB:.0f} MB"
