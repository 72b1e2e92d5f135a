"""Models and snapshots in memory: immutable objects behind one reference, replaced as a whole."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.serving.check import check, check_content
from quantity.online.predictor import Predictor

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.serving.halves import ModelInMemory, SnapshotInMemory


@dataclass(frozen=True)
class ActivePair:
    """The model version and the snapshot that answer together."""

    model: ModelInMemory
    snapshot: SnapshotInMemory
    predictor: Predictor


@dataclass(frozen=True)
class Contents:
    """All that is in memory at one moment; the pair is there when both others are."""

    model: ModelInMemory | None = None
    snapshot: SnapshotInMemory | None = None
    pair: ActivePair | None = None


class Memory:
    """The one reference that requests read and swaps replace.

    Attributes:
        on_ready: called once, before requests can be answered for the first time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._contents = Contents()
        self._was_ready = False
        self.on_ready: Callable[[ActivePair], None] = lambda _pair: None

    @property
    def contents(self) -> Contents:
        """What is in memory now; a request reads it once and keeps to it."""
        return self._contents

    def swap(self, model: ModelInMemory | None, snapshot: SnapshotInMemory | None) -> None:
        """Put these into service in place of what is there; a missing one takes answers out of service.

        Raises:
            CheckFailedError: the snapshot is damaged, or the two do not answer as they should; nothing has changed.
        """
        with self._lock:
            contents = Contents(model, snapshot, self._pair(model, snapshot))
            if contents.pair is not None and not self._was_ready:
                self.on_ready(contents.pair)
                self._was_ready = True
            self._contents = contents

    def _pair(self, model: ModelInMemory | None, snapshot: SnapshotInMemory | None) -> ActivePair | None:
        if snapshot is not None and snapshot is not self._contents.snapshot:
            check_content(snapshot.features)
        return None if model is None or snapshot is None else checked_pair(model, snapshot)


def checked_pair(model: ModelInMemory, snapshot: SnapshotInMemory) -> ActivePair:
    """Bind the two and let them answer.

    Raises:
        CheckFailedError: they do not answer as they should.
    """
    predictor = Predictor(model.compiled, snapshot.features)
    check(predictor, snapshot.features)
    return ActivePair(model, snapshot, predictor)
