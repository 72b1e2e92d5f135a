"""The loader's work: both parts of the local copy, each followed on its own."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from api.loading.contents import (
    is_withdrawn,
    read_model,
    read_model_info,
    read_snapshot,
    read_snapshot_info,
    write_model,
    write_snapshot,
)
from api.loading.local_copy import MODEL, SNAPSHOT
from api.loading.order_history import HISTORY, history_copies, version_in, write_history
from api.loading.reason import Reasons
from api.loading.status import LoaderStatus
from api.loading.timing import Backoff
from api.loading.updater import Part, Updater

if TYPE_CHECKING:
    from api.loading.local_copy import LocalCopies
    from api.loading.source import Source
    from api.serving.halves import ModelInMemory, SnapshotInMemory
    from api.serving.order_history import OrderHistory
    from quantity.settings import Settings

LOOK_SECONDS = 60.0
"""Longest look at a source. Its client gives up much sooner, unless something hangs that has no time-out."""

LONGEST_RETRY_SECONDS = 60.0


class Loader:
    """Looks at registry and database, and keeps the local copy at what they have.

    Args:
        settings: of the program.
        registry: where model versions come from.
        database: where snapshots come from.
        copies: the local copies.
        orders: where the last orders of each pair come from; None: nobody asks for them.

    Attributes:
        changed: set when there is another status.
    """

    def __init__(
        self,
        settings: Settings,
        registry: Source[ModelInMemory],
        database: Source[SnapshotInMemory],
        copies: LocalCopies,
        orders: Source[OrderHistory] | None = None,
    ) -> None:
        self._settings, self._copies = settings, copies
        self.changed = threading.Event()
        reasons, on_change = Reasons(settings), self.changed.set
        model = Part(MODEL, lambda folder: read_model_info(folder).identity, write_model, self._check_model)
        snapshot = Part(
            SNAPSHOT, lambda folder: read_snapshot_info(folder).identity, write_snapshot, self._check_snapshot
        )
        self.model = Updater(model, registry, copies, backoff=self._backoff(), reasons=reasons, on_change=on_change)
        self.snapshot = Updater(
            snapshot, database, copies, backoff=self._backoff(), reasons=reasons, on_change=on_change
        )
        self._history = None if orders is None else self._updater_of_history(orders)
        self._beat = 0

    def look(self) -> None:
        """Look at both sources now."""
        self.model.look()
        self.snapshot.look()
        self.look_at_orders()

    def look_at_orders(self) -> None:
        """Look for the last orders of each pair, once predictions wait for nothing."""
        if self._history is not None and self.model.has_looked and self.snapshot.has_looked:
            self._history.look()

    def status(self) -> LoaderStatus:
        """How it stands with both."""
        self.changed.clear()
        self._beat += 1
        sources = {MODEL: self.model.status, SNAPSHOT: self.snapshot.status}
        if self._history is not None:
            sources[HISTORY] = self._history.status
        return LoaderStatus(self._beat, sources)

    def overdue(self) -> str | None:
        """What takes longer than it may, if anything does."""
        now = time.monotonic()
        for name, updater in ((MODEL, self.model), (SNAPSHOT, self.snapshot)):
            if now - (updater.looking_since or now) > LOOK_SECONDS:
                return f"a look for a new {name} takes more than {LOOK_SECONDS:g} seconds"
            if now - (updater.loading_since or now) > self._settings.api_load_seconds:
                return f"loading a {name} takes more than {self._settings.api_load_seconds:g} seconds"
        return None

    def _backoff(self) -> Backoff:
        return Backoff(self._settings.api_poll_seconds, LONGEST_RETRY_SECONDS)

    def _updater_of_history(self, orders: Source[OrderHistory]) -> Updater[OrderHistory]:
        part: Part[OrderHistory] = Part(HISTORY, version_in, write_history, lambda _history: None)
        return Updater(
            part,
            orders,
            history_copies(self._settings),
            backoff=self._backoff(),
            reasons=Reasons(self._settings),
            on_change=self.changed.set,
        )

    def _check_model(self, model: ModelInMemory) -> None:
        # The compiled code takes half a second to import: where nothing is new, the first look does without.
        from api.serving.memory import checked_pair  # noqa: PLC0415

        folder = self._copies.part(SNAPSHOT)
        if folder is not None and not is_withdrawn(folder):
            checked_pair(model, read_snapshot(folder))

    def _check_snapshot(self, snapshot: SnapshotInMemory) -> None:
        from api.serving.check import check_content  # noqa: PLC0415 - as above
        from api.serving.memory import checked_pair  # noqa: PLC0415

        check_content(snapshot.features)
        folder = self._copies.part(MODEL)
        if folder is not None and not is_withdrawn(folder):
            checked_pair(read_model(folder), snapshot)
