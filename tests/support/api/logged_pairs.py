"""Answers to be logged, and what segments hold of them, pair by pair."""

from __future__ import annotations

import datetime as dt
import time
from functools import cache
from itertools import count, islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from api.prediction_log.buffer import Buffer
from api.prediction_log.folder import OPEN, READY
from api.prediction_log.segment import Request, read_blocks
from api.serving.memory import ActivePair, checked_pair
from quantity.online.statuses import STATUSES
from tests.support.api.small_market import model_in_memory, pairs, snapshot_in_memory

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from api.prediction_log.buffer import Taken

DATE = dt.date(2024, 6, 1)
_numbers = count(1)


class LoggedPair(NamedTuple):
    """A pair of a segment."""

    request_id: str
    at: int
    store_id: int
    product_id: int
    date: dt.date
    as_of: dt.date
    snapshot_id: int
    version: str
    alias: str
    status: str
    quantity: int
    typical: int
    low: int
    high: int
    shown: bool


class Answered(NamedTuple):
    """What the request path gives the log."""

    request: Request
    numbers: np.ndarray
    pair: ActivePair


@cache
def active_pair(version: str = "1") -> ActivePair:
    """A model version and a snapshot that answer."""
    return checked_pair(model_in_memory(version), snapshot_in_memory())


def answered(
    asked: Sequence[tuple[int, int]] = (), *, version: str = "1", date: dt.date = DATE, shown: bool = True
) -> Answered:
    """A request and its answers; by default for three pairs. Each has another id."""
    pair = active_pair(version)
    store_id, product_id = np.array(asked or pairs().ordered[:3]).T
    numbers = pair.predictor.predict(store_id, product_id, date).numbers
    return Answered(Request(f"request-{next(_numbers)}", time.time_ns(), date, shown, len(numbers)), numbers, pair)


def taken(answers: Iterable[Answered]) -> Taken:
    """The answers as the log's thread gets them."""
    buffer = Buffer()
    for one in answers:
        buffer.add(*one)
    return buffer.take()


def pairs_of(answers: Iterable[Answered], alias: str = "champion") -> list[LoggedPair]:
    """What segments should hold of these answers, each looked at by itself."""
    found = []
    for one in answers:
        snapshot = one.pair.snapshot.info
        description = snapshot.as_of_date, snapshot.snapshot_id, one.pair.model.version, alias
        found += [_logged(one.request, description, row) for row in one.numbers.tolist()]
    return found


def pairs_in(segment: Path) -> list[LoggedPair]:
    """The pairs of a segment, in their order."""
    found = []
    for block in read_blocks(segment):
        rows = iter(block.numbers.tolist())
        description = block.as_of_date, block.snapshot_id, block.model_version, block.model_alias
        for request in block.requests:
            found += [_logged(request, description, row) for row in islice(rows, request.pairs)]
        assert next(rows, None) is None
    return found


def _logged(request: Request, description: tuple[dt.date, int, str, str], row: Sequence[int]) -> LoggedPair:
    store_id, product_id, status, quantity, typical, low, high = row
    asked = request.request_id, request.at, store_id, product_id, request.checkout_date
    return LoggedPair(*asked, *description, STATUSES[status], quantity, typical, low, high, request.shown)


def logged_pairs(folder: Path) -> list[LoggedPair]:
    """The pairs of all segments, whether they are still written or not, oldest first."""
    segments = sorted(path for path in folder.glob("*") if path.suffix in (OPEN, READY))
    return [pair for segment in segments for pair in pairs_in(segment)]
