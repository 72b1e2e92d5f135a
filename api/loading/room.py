"""Whether a load fits into memory, told before it begins: else the kernel ends a process, perhaps the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quantity.features.definitions import served_columns_of
from quantity.memory import memory_left

if TYPE_CHECKING:
    from quantity.versions import Published

BYTES = 250_000_000
"""That a load takes beside the arrays: pieces of the tables, and SQLite's own process."""

BYTES_A_PAIR = 4 * len(served_columns_of("store_product")) + 16
"""Of the arrays: float32 features, and keys twice for a moment."""

GB = 1e9


class NoRoomError(MemoryError):
    """It does not fit into memory."""


def ensure_room(snapshot: Published) -> None:
    """See that there is memory for a snapshot.

    Raises:
        NoRoomError: there is not; the message tells how much it takes and how much is left.
    """
    what = f"snapshot {snapshot.snapshot_id} with {snapshot.pair_rows:,} pairs takes"
    ensure_left(BYTES + BYTES_A_PAIR * snapshot.pair_rows, what)


def ensure_left(needed: int, what_takes: str) -> None:
    """See that so many bytes of memory are left.

    Args:
        needed: the bytes.
        what_takes: the beginning of the message, with its verb.

    Raises:
        NoRoomError: they are not; the message tells how many are.
    """
    left = memory_left()
    if left is not None and needed > left:
        raise NoRoomError(f"{what_takes} about {needed / GB:.1f} GB of memory to load, and {left / GB:.1f} GB are left")
