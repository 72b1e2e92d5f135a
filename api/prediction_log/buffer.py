"""Answers on their way from the request path to the log's thread."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    import datetime as dt

    from api.serving.memory import ActivePair
    from quantity.features.timeline import Ints
    from quantity.online.predictor import Predictions

MOST_PAIRS: Final = 500_000
"""So many pairs wait at most: some 50 MB."""

REQUEST_PAIRS: Final = 10
"""A request takes the memory of so many pairs, beside that of its own."""


class Answered(Struct, frozen=True, gc=False):
    """A request and its answers.

    Attributes:
        request_id: of its log line.
        at: when it was answered, nanoseconds since 1970-01-01 (UTC).
        store_id: (n,) stores, 0 where a text names none.
        product_id: (n,) products, likewise.
        date: the checkout date.
        shown: whether whoever orders sees the answer.
        predictions: (n,) answers.
        pair: the model version and the snapshot that they are from.
    """

    request_id: str
    at: int
    store_id: Ints
    product_id: Ints
    date: dt.date
    shown: bool
    predictions: Predictions
    pair: ActivePair


class Buffer:
    """Holds answers until the log's thread takes them; bounded, for the request path waits for nothing.

    Args:
        most_pairs: so many pairs have room.
    """

    def __init__(self, most_pairs: int = MOST_PAIRS) -> None:
        self._most_pairs = most_pairs
        self._lock = threading.Lock()
        self._answers: list[Answered] = []
        self._room = most_pairs
        self.lost_pairs = 0
        """Pairs that found it full."""

    def add(self, answered: Answered) -> None:
        """Keep a request's answers, or count their pairs as lost where there is no room."""
        pairs = len(answered.store_id)
        room = pairs + REQUEST_PAIRS
        with self._lock:
            if room > self._room:
                self.lost_pairs += pairs
            else:
                self._room -= room
                self._answers.append(answered)

    def take(self) -> list[Answered]:
        """All answers so far; the buffer is empty afterwards."""
        with self._lock:
            answers, self._answers, self._room = self._answers, [], self._most_pairs
        return answers
