"""Answers on their way from the request path to the log's thread.

They are copied into rows that are there already. To keep the answers themselves would cost the request path more:
what one processor core has made would be read and freed by another.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from quantity.online.predictor import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.prediction_log.segment import Request
    from api.serving.memory import ActivePair

MOST_PAIRS: Final = 500_000
"""So many pairs wait at most: some 50 MB."""

REQUEST_PAIRS: Final = 10
"""A request takes the memory of so many pairs, beside that of its own."""


class Taken(NamedTuple):
    """Requests in their order, with the numbers of their pairs.

    Attributes:
        requests: (r,) requests.
        pairs: (r,) the model version and the snapshot that answered each.
        numbers: (p, `NUMBERS`) int32 of all pairs; valid until the next are taken.
    """

    requests: Sequence[Request]
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
        self._pairs: list[ActivePair] = []
        self._end = 0
        self.lost_pairs = 0
        """Pairs that found it full."""

    def add(self, request: Request, numbers: np.ndarray, pair: ActivePair) -> None:
        """Keep a request's answers, or count their pairs as lost where there is no room.

        Args:
            request: has n pairs.
            numbers: (n, `NUMBERS`) int32 of these.
            pair: the model version and the snapshot that they are from.
        """
        with self._lock:
            start, end = self._end, self._end + request.pairs
            if end + REQUEST_PAIRS * (len(self._requests) + 1) > self._most_pairs:
                self.lost_pairs += end - start
                return
            self._numbers[start:end] = numbers
            self._requests.append(request)
            self._pairs.append(pair)
            self._end = end

    def take(self) -> Taken:
        """All answers so far; the buffer is empty afterwards."""
        with self._lock:
            taken = Taken(self._requests, self._pairs, self._numbers[: self._end])
            self._numbers, self._spare = self._spare, self._numbers
            self._requests, self._pairs, self._end = [], [], 0
        return taken
