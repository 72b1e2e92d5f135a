"""Answers to be logged, and what segments hold of them, pair by pair."""

from __future__ import annotations

import datetime as dt
import time
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from api.prediction_log.buffer import Answered, Buffer
from api.prediction_log.folder import OPEN, READY
from api.prediction_log.segment import read_blocks
from api.serving.memory import ActivePair, checked_pair
from quantity.features.calendar import day_to_date
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
    predictions = pair.predictor.predict(store_id, product_id, date)
    return Answered(f"request-{next(_numbers)}", time.time_ns(), date, shown, predictions, pair)


def taken(answers: Iterable[Answered]) -> Taken:
    """The answers as the log's thread gets them."""
    buffer = Buffer()
    for one in answers:
        buffer.add(one)
    return buffer.take()


def pairs_of(answers: Iterable[Answered], alias: str = "champion") -> list[LoggedPair]:
    """What segments should hold of these answers, each looked at by itself."""
    return [
        LoggedPair(
            one.request_id,
            one.at // 1000,
            int(one.predictions.numbers[i, 0]),
            int(one.predictions.numbers[i, 1]),
            one.date,
            one.pair.snapshot.info.as_of_date,
            one.pair.snapshot.info.snapshot_id,
            one.pair.model.version,
            alias,
            STATUSES[one.predictions.status[i]],
            int(one.predictions.quantity[i]),
            int(one.predictions.typical[i]),
            int(one.predictions.low[i]),
            int(one.predictions.high[i]),
            one.shown,
        )
        for one in answers
        for i in range(len(one.predictions.numbers))
    ]


def pairs_in(segment: Path) -> list[LoggedPair]:
    """The pairs of a segment, in their order."""
    found = []
    for block in read_blocks(segment):
        columns = [values.tolist() for values in block.arrays().values()]
        for place, store_id, product_id, status, quantity, typical, low, high in zip(*columns, strict=True):
            request = block.requests[place]
            found.append(
                LoggedPair(
                    request.request_id,
                    request.at,
                    store_id,
                    product_id,
                    day_to_date(request.checkout_day),
                    day_to_date(block.as_of_day),
                    block.snapshot_id,
                    block.model_version,
                    block.model_alias,
                    STATUSES[status],
                    quantity,
                    typical,
                    low,
                    high,
                    request.shown,
                )
            )
    return found


def logged_pairs(folder: Path) -> list[LoggedPair]:
    """The pairs of all segments, whether they are still written or not, oldest first."""
    segments = sorted(path for path in folder.glob("*") if path.suffix in (OPEN, READY))
    return [pair for segment in segments for pair in pairs_in(segment)]
