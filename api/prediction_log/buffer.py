"""Answers on their way from the request path to the log's thread.

They are copied into rows that are there already. To keep the answers themselves would cost the request path more:
what one processor core has made would be read and freed by another.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from msgspec import Struct

from api.prediction_log.segment import Request
from quantity.features.calendar import date_to_day
from quantity.online.predictor import NUMBERS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from api.serving.memory import ActivePair
    from quantity.online.predictor import Predictions

MOST_PAIRS: Final = 500_000
"""So many pairs wait at most: some 50 MB."""

REQUEST_PAIRS: Final = 10
"""A request takes the memory of so many pairs, beside that of its own."""

_NANOSECONDS_IN_MICROSECOND = 1000


class Answered(Struct, frozen=True, gc=False):
    """A request and its answers.

    Attributes:
        request_id: of its log line.
        at: when it was answered, nanoseconds since 1970-01-01 (UTC).
        date: the checkout date.
        shown: whether whoever orders sees the answer.
        predictions: (n,) answers; the id of a text that names nothing is 0.
        pair: the model version and the snapshot that they are from.
    """

    request_id: str
    at: int
    date: dt.date
    shown: bool
    predictions: Predictions
    pair: ActivePair


class Taken(NamedTuple):
    """Requests in their order, with the numbers of their pairs.

    Attributes:
        requests: (r,) requests.
        ends: (r,) where the pairs of each end.
        pairs: (r,) the model version and the snapshot that answered each.
        numbers: (p, `NUMBERS`) int32 of all pairs; valid until the next are taken.
    """

    requests: Sequence[Request]
    ends: Sequence[int]
    pairs: Sequence[ActivePair]
    numbers: np.ndarray


class Buffer:
    """Holds answers until the log's thread takes them; bounded, for the request path waits for nothing.

    Args:
        most_pairs: so many pairs have room.
    """

    def __init__(self, most_pairs: int = MOST_PAIRS) -> None:
        self._most_pairs = most_pairs
        self._lock = threading.Lock()
        # Memory that nothing was ever written to takes no space.
        self._numbers, self._spare = (np.empty((most_pairs, len(NUMBERS)), np.int32) for _ in range(2))
        self._requests: list[Request] = []
        self._ends: list[int] = []
        self._pairs: list[ActivePair] = []
        self._end = 0
        self.lost_pairs = 0
        """Pairs that found it full."""

    def add(self, answered: Answered) -> None:
        """Keep a request's answers, or count their pairs as lost where there is no room."""
        at = answered.at // _NANOSECONDS_IN_MICROSECOND
        request = Request(answered.request_id, at, date_to_day(answered.date), answered.shown)
        numbers = answered.predictions.numbers
        with self._lock:
            start, end = self._end, self._end + len(numbers)
            if end + REQUEST_PAIRS * (len(self._requests) + 1) > self._most_pairs:
                self.lost_pairs += end - start
                return
            self._numbers[start:end] = numbers
            self._requests.append(request)
            self._ends.append(end)
            self._pairs.append(answered.pair)
            self._end = end

    def take(self) -> Taken:
        """All answers so far; the buffer is empty afterwards."""
        with self._lock:
            taken = Taken(self._requests, self._ends, self._pairs, self._numbers[: self._end])
            self._numbers, self._spare = self._spare, self._numbers
            self._requests, self._ends, self._pairs, self._end = [], [], [], 0
        return taken
