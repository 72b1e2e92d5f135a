"""The last orders of each pair, from the raw tables into a local copy of their own.

They come after the snapshot, and whatever goes wrong with them, predictions are answered.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic looks the types up
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydantic import TypeAdapter
from sqlalchemy import inspect

from api.loading.contents import (
    ARRAYS_FILE,
    ArrayPlace,
    DamagedCopyError,
    read_arrays,
    read_info,
    write_arrays,
    write_info,
)
from api.loading.database import Database, NothingPublishedError
from api.loading.local_copy import LocalCopies, copies_folder
from api.loading.room import BYTES, ensure_left
from api.loading.source import Offer
from api.serving.order_history import Lines, OrderHistory, version_of
from quantity.db.raw_tables import ORDER_LINES, ORDERED, read_days_orders
from quantity.db.snapshots import SnapshotChangedError, published

if TYPE_CHECKING:
    from pathlib import Path

    from quantity.settings import Settings

HISTORY = "history"
BYTES_A_LINE = 64
"""That a load takes for each order line."""

logger = logging.getLogger(__name__)

_ARRAYS = ("keys", "first", "day", "quantity")


def history_copies(settings: Settings) -> LocalCopies:
    """The local copies of histories."""
    # Their own folder: histories come after the snapshots, and a copy is removed when the next is there.
    copies = copies_folder(settings)
    return LocalCopies(copies.with_name(f"{copies.name}-{HISTORY}"), (HISTORY,))


def order_history_source(settings: Settings) -> OrderHistorySource | None:
    """Where they come from, or None where the settings keep none."""
    return OrderHistorySource(settings) if settings.api_history_orders else None


class OrderHistorySource:
    """The raw tables, as far as the published snapshot knows them.

    Args:
        settings: of the program.
    """

    absent = withdrawn = "the database has no published snapshot, or no order lines beside it"

    def __init__(self, settings: Settings) -> None:
        self._database, self._most = Database(settings), settings.api_history_orders

    def offer(self) -> Offer | None:
        """That of the current publication."""
        with self._database.connected() as engine:
            found = published(engine)
            # Features may have been published without them.
            if found is None or not inspect(engine).has_table(ORDER_LINES):
                return None
        version = version_of(found.publication, self._most)
        return Offer(version, version)

    def is_withdrawn(self) -> bool:
        """Never, as a snapshot."""
        return False

    def load(self, version: str) -> OrderHistory:
        """Read the orders: those of this version, or of one that has replaced it since.

        Raises:
            NoRoomError: they do not fit into memory.
            SnapshotChangedError: another snapshot was published meanwhile.
        """
        with self._database.connected() as engine:
            snapshot = published(engine)
            if snapshot is None:
                raise NothingPublishedError(f"{version} is gone and nothing has replaced it")
            needed = BYTES + BYTES_A_LINE * snapshot.order_rows
            ensure_left(needed, "the last orders of each pair (API_HISTORY_ORDERS=0 does without) take")
            pieces = [
                Lines(*(frame[name].to_numpy(np.int32) for name in ORDERED)) for frame in read_days_orders(engine)
            ]
            after = published(engine)
        if after is None or after.publication != snapshot.publication:
            raise SnapshotChangedError("another snapshot was published while its orders were read")
        return OrderHistory.build(snapshot.publication, snapshot.as_of_date, self._most, pieces)


def write_history(history: OrderHistory, folder: Path) -> None:
    """Write a history into an empty folder."""
    arrays = {name: getattr(history, name) for name in _ARRAYS}
    checksum, places = write_arrays(arrays, folder / ARRAYS_FILE)
    info = _HistoryInfo(history.publication, history.as_of, history.most, checksum, places)
    write_info(info, folder)


def read_history(folder: Path) -> OrderHistory:
    """Read what `write_history` wrote, mapped into memory.

    Raises:
        DamagedCopyError, OSError: it cannot be read.
    """
    info = read_info(folder, _INFO)
    arrays = read_arrays(info.arrays, info.checksum, folder / ARRAYS_FILE)
    return OrderHistory(info.publication, info.as_of, info.most, *(arrays[name] for name in _ARRAYS))


def version_in(folder: Path) -> str:
    """Which version a folder holds.

    Raises:
        DamagedCopyError, OSError: it cannot be read.
    """
    info = read_info(folder, _INFO)
    return version_of(info.publication, info.most)


class HistoryFollower:
    """Keeps the newest history in memory.

    Args:
        copies: the local copies.
    """

    def __init__(self, copies: LocalCopies) -> None:
        self._copies = copies
        self._in_memory: tuple[str, int] | None = None
        self.history: OrderHistory | None = None

    def look(self) -> None:
        """Look once. Never raises: a history that cannot be read is not told, and the loader makes another."""
        newest = self._copies.part(HISTORY)
        if newest is None:
            return
        with suppress(OSError):
            identity = newest.parent.name, newest.stat().st_ino
            if identity != self._in_memory:
                self._in_memory = identity
                self._swap(newest)

    def _swap(self, folder: Path) -> None:
        try:
            self.history = read_history(folder)
        except (DamagedCopyError, KeyError, ValueError) as error:
            logger.error("order history not swapped in", extra={"reason": str(error)})  # noqa: TRY400
            self._copies.publish({HISTORY: None})
            return
        logger.info("order history in service", extra={"version": self.history.version})


@dataclass(frozen=True)
class _HistoryInfo:
    publication: str
    as_of: dt.date
    most: int
    checksum: int
    arrays: dict[str, ArrayPlace]


_INFO = TypeAdapter(_HistoryInfo)
