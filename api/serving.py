"""What requests are answered from: one immutable object, replaced as a whole."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from api.check import check, check_content
from quantity.online.predictor import Predictor

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.loaded import LoadedModel, LoadedSnapshot


@dataclass(frozen=True)
class Answering:
    """A model and a snapshot that answer together."""

    model: LoadedModel
    snapshot: LoadedSnapshot
    predictor: Predictor


@dataclass(frozen=True)
class Serving:
    """All that is in memory at one moment; `answering` is there once both others are."""

    model: LoadedModel | None = None
    snapshot: LoadedSnapshot | None = None
    answering: Answering | None = None


class Current:
    """The one reference that requests read and loaders replace.

    Attributes:
        on_ready: called once, when requests can be answered for the first time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._serving = Serving()
        self.on_ready: Callable[[], None] = lambda: None

    @property
    def serving(self) -> Serving:
        """What is in memory now; a request reads it once and keeps to it."""
        return self._serving

    def put_model(self, model: LoadedModel) -> None:
        """Serve this model from now on, with the current snapshot.

        Raises:
            CheckFailedError: the two do not answer as they should; nothing has changed.
        """
        with self._lock:
            self._put(_bound(replace(self._serving, model=model)))

    def put_snapshot(self, snapshot: LoadedSnapshot) -> None:
        """Serve this snapshot from now on, with the current model.

        Raises:
            CheckFailedError: it is damaged, or the two do not answer as they should; nothing has changed.
        """
        check_content(snapshot.snapshot)
        with self._lock:
            self._put(_bound(replace(self._serving, snapshot=snapshot)))

    def _put(self, serving: Serving) -> None:
        is_first = self._serving.answering is None and serving.answering is not None
        self._serving = serving
        if is_first:
            self.on_ready()


def _bound(serving: Serving) -> Serving:
    model, snapshot = serving.model, serving.snapshot
    if model is None or snapshot is None:
        return serving
    predictor = Predictor(model.compiled, snapshot.snapshot)
    check(predictor, snapshot.snapshot)
    return replace(serving, answering=Answering(model, snapshot, predictor))
