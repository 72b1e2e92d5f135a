"""The service: what is in memory, what keeps it current, and what to say of both."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import TYPE_CHECKING

from api.loading.follower import Follower
from api.loading.local_copy import MODEL, PARTS, SNAPSHOT, LocalCopies, copies_folder
from api.loading.monitoring_file import MonitoringFile
from api.loading.order_history import HISTORY, HistoryFollower, history_copies
from api.loading.reason import Reasons
from api.loading.status import Failure, Kind, LoaderStatus, ShippingStatus, SourceStatus
from api.loading.timing import Poller
from api.prediction_log.log import PredictionLog
from api.serving.memory import Memory

if TYPE_CHECKING:
    from api.loading.loader_process import LoaderHandle
    from api.serving.halves import ModelInMemory, SnapshotInMemory
    from api.serving.memory import ActivePair
    from api.serving.order_history import OrderHistory
    from quantity.settings import Settings

FOLLOW_SECONDS = 0.25
"""Pause between two looks at the local copy, which cost next to nothing."""

FIRST_LOOK_SECONDS = 8.0
"""At the start the loader has so long to look at registry and database. Then the local copy goes into service
whether they have answered or not."""

NO_MODEL = (
    "no model yet: run `make run`, or `cd training && python preprocess.py && python train.py`, "
    "or with containers `docker compose run --rm training`"
)
NO_SNAPSHOT = (
    "no features yet: run `cd training && python preprocess.py`, or with containers `docker compose run --rm training`"
)
_WHAT = {MODEL: "the model is", SNAPSHOT: "the features are"}
_TO_RUN = {MODEL: NO_MODEL, SNAPSHOT: NO_SNAPSHOT}


class Service:
    """Answers from memory, which follows the local copy that the loader keeps.

    Args:
        settings: of the program.
        loader: keeps the local copy.
    """

    def __init__(self, settings: Settings, loader: LoaderHandle) -> None:
        self.settings, self.loader = settings, loader
        self.memory, self.log = Memory(), PredictionLog(settings)
        self.follower = Follower(LocalCopies(copies_folder(settings)), self.memory, Reasons(settings))
        self.monitoring = MonitoringFile(copies_folder(settings))
        self._orders = HistoryFollower(history_copies(settings))
        self._status: LoaderStatus | None = None
        self._looks = dict.fromkeys(PARTS, (0, time.monotonic()))
        self._started_at = time.monotonic()
        self._looking = threading.Lock()
        self._poller = Poller("follower", self.look, FOLLOW_SECONDS)

    def start(self) -> None:
        """Begin to load, to follow and to log, in the background."""
        self._started_at = time.monotonic()
        self.loader.start()
        self._poller.start()
        self.log.start()

    def stop(self) -> None:
        """End both, and write the log's rest; nothing that hangs is waited for longer than a moment."""
        self.log.stop()
        self._poller.stop()
        self.loader.stop()
        self._poller.join()

    def look(self) -> None:
        """Look at the loader and at the local copy now."""
        with self._looking:
            self._status = self.loader.watch()
            for part in PARTS:
                looks = self.source(part).looks
                # A loader that was started again counts from 0, which is no look.
                if looks not in (0, self._looks[part][0]):
                    self._looks[part] = looks, time.monotonic()
            if self._may_follow():
                self.follower.look()
            if self.settings.api_history_orders:
                self._orders.look()

    @property
    def active_pair(self) -> ActivePair | None:
        """What to answer a request from, or None where something is missing."""
        return self.memory.contents.pair

    @property
    def order_history(self) -> OrderHistory | None:
        """The last orders of each pair, or None where they are not kept, or not yet there."""
        return self._orders.history

    def why_no_order_history(self) -> str:
        """What stands in the way of `order_history`."""
        if not self.settings.api_history_orders:
            return "past orders are not kept: API_HISTORY_ORDERS is 0"
        failure = self.source(HISTORY).failure
        return "past orders are not yet loaded" if failure is None else f"past orders not loaded: {failure.reason}"

    def source(self, part: str) -> SourceStatus:
        """How it stands with the source of the model or of the snapshot."""
        return self._status.of(part) if self._status is not None else SourceStatus()

    @property
    def shipping(self) -> ShippingStatus:
        """How it stands with the prediction log, on its way to the database."""
        return self._status.shipping if self._status is not None else ShippingStatus()

    def seconds_since_look(self, part: str) -> float:
        """Time since the source has last answered the loader, or since the service was started."""
        return time.monotonic() - self._looks[part][1]

    def missing(self) -> list[str]:
        """What predictions wait for, and what to run; empty when ready."""
        return [self._why_missing(part) for part in PARTS if not self.holds(part)]

    def failures(self) -> dict[str, Failure]:
        """By source, why what it has is not in service; and what else stands in the way."""
        found = {part: self.source(part).failure for part in PARTS}
        found |= {"local copy": self.follower.failure, "loader": self._loaders_failure()}
        found |= {"prediction log": self.shipping.failure}
        return {name: failure for name, failure in found.items() if failure is not None}

    def notes(self) -> list[str]:
        """What is not as it should be although predictions are answered."""
        notes = [f"{_WHAT[part]} served from the local copy" for part in PARTS if self.is_unconfirmed(part)]
        if refused := self.shipping.refused_segments:
            notes.append(f"prediction log: {refused} {'segment' if refused == 1 else 'segments'} refused")
        return notes + [f"{name}: {failure.reason}" for name, failure in self.failures().items()]

    def holds(self, part: str) -> bool:
        """Whether a model, or a snapshot, is in memory."""
        return self._in_memory(part) is not None

    def is_unconfirmed(self, part: str) -> bool:
        """Whether what is in memory is not what the source had when this loader last looked."""
        in_memory = self._in_memory(part)
        return in_memory is not None and in_memory.version != self.source(part).version

    def is_local_copy_failing(self) -> bool:
        """Whether the local copy cannot be written or read."""
        return self.follower.failure is not None or any(self.source(part).copy_is_failing for part in PARTS)

    def _in_memory(self, part: str) -> ModelInMemory | SnapshotInMemory | None:
        contents = self.memory.contents
        return contents.model if part == MODEL else contents.snapshot

    def _loaders_failure(self) -> Failure | None:
        trouble = self.loader.trouble
        reason = f"the loader is lost, and another one starts: {trouble}"
        return None if trouble is None else Failure(reason, None, dt.datetime.now(dt.UTC))

    def _may_follow(self) -> bool:
        looked = all(self.source(part).attempts for part in PARTS)
        return looked or time.monotonic() - self._started_at > FIRST_LOOK_SECONDS

    def _why_missing(self, part: str) -> str:
        failure = self.source(part).failure or self.follower.failure or self._loaders_failure()
        if failure is None:
            return f"starting: {_WHAT[part]} not yet loaded"
        if failure.kind is Kind.ABSENT:
            return _TO_RUN[part]
        return f"{_WHAT[part]} not loaded: {failure.reason}"
