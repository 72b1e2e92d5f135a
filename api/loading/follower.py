"""Follows the local copy: what is newest there comes into memory. Start, reload and outage are this one path."""

from __future__ import annotations

import datetime as dt
import logging
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from api.loading.contents import (
    DamagedCopyError,
    is_withdrawn,
    read_model,
    read_model_info,
    read_snapshot,
    read_snapshot_info,
)
from api.loading.local_copy import MODEL, PARTS, SNAPSHOT
from api.loading.status import Failure
from api.loading.timing import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.loading.local_copy import LocalCopies
    from api.loading.reason import Reasons
    from api.serving.halves import ModelInMemory, SnapshotInMemory
    from api.serving.memory import Memory

logger = logging.getLogger(__name__)

FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 1.0, 60.0


class Follower:
    """Swaps the newest local copy into memory.

    Args:
        copies: the local copies.
        memory: what requests are answered from.
        reasons: describes errors.
    """

    def __init__(self, copies: LocalCopies, memory: Memory, reasons: Reasons) -> None:
        self._copies, self._memory, self._reasons = copies, memory, reasons
        self._in_memory: tuple[str, int] | None = None
        self._backoff = Backoff(FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS)
        self._readers = {MODEL: self._model, SNAPSHOT: self._snapshot}
        self.failure: Failure | None = None

    def look(self) -> None:
        """Look once. Never raises: whatever goes wrong, what is in memory stays there."""
        newest = self._copies.newest()
        if newest is None:
            return
        try:
            identity = newest.name, newest.stat().st_ino
            if identity != self._in_memory and self._backoff.due(newest.name):
                self._swap(newest)
                self._in_memory, self.failure = identity, None
        except FileNotFoundError as error:
            if self._copies.newest() == newest:
                self._failed(newest, DamagedCopyError(f"{Path(error.filename).name} is missing"))
            # Else it was replaced just now: the next look finds the one after.
        except Exception as error:  # noqa: BLE001 - a damaged copy fails in whatever way it does
            self._failed(newest, error)

    def _swap(self, copy: Path) -> None:
        started = time.perf_counter()
        before = self._memory.contents
        model, snapshot = self._model(copy / MODEL), self._snapshot(copy / SNAPSHOT)
        self._memory.swap(model, snapshot)
        for what, old, new in ((MODEL, before.model, model), (SNAPSHOT, before.snapshot, snapshot)):
            if new is not old:
                _log_swap(what, new, started)

    def _model(self, folder: Path) -> ModelInMemory | None:
        kept = self._memory.contents.model
        if not folder.is_dir():
            return kept
        if is_withdrawn(folder):
            return None
        info = read_model_info(folder)
        same = kept is not None and (kept.info.version, kept.loaded_at) == (info.registered.version, info.loaded_at)
        return kept if same else read_model(folder)

    def _snapshot(self, folder: Path) -> SnapshotInMemory | None:
        kept = self._memory.contents.snapshot
        if not folder.is_dir():
            return kept
        if is_withdrawn(folder):
            return None
        info = read_snapshot_info(folder)
        same = kept is not None and (kept.version, kept.loaded_at) == (info.published.publication, info.loaded_at)
        return kept if same else read_snapshot(folder)

    def _failed(self, copy: Path, error: Exception) -> None:
        self._backoff.failed(copy.name)
        self.failure = Failure(self._reasons.of(error), copy.name, dt.datetime.now(dt.UTC))
        reason = self._reasons.for_log(error)
        logger.error("local copy not swapped in", extra={"copy": copy.name, "reason": reason})
        if not isinstance(error, OSError | MemoryError):
            self._remove_what_is_no_good(copy)

    def _remove_what_is_no_good(self, copy: Path) -> None:
        """A damaged part does not get better; where it is missing, the loader loads again, and memory stays."""
        with suppress(OSError):
            damaged = [part for part, read in self._readers.items() if not _works(read, copy / part)]
            # Where each can be read, the two do not answer together.
            self._copies.publish(dict.fromkeys(damaged or PARTS))


def _works(read: Callable[[Path], object], folder: Path) -> bool:
    try:
        read(folder)
    except FileNotFoundError:
        return False
    except OSError:
        raise
    except Exception:  # noqa: BLE001 - a damaged copy fails in whatever way it does
        return False
    return True


def _log_swap(what: str, new: ModelInMemory | SnapshotInMemory | None, started: float) -> None:
    if new is None:
        logger.warning("%s out of service", what)
    else:
        seconds = round(time.perf_counter() - started, 3)
        logger.info("%s in service", what, extra={"version": new.version, "seconds": seconds})
