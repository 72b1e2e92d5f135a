"""Makes blocks of answers: a few array operations for hundreds of requests, and none for a single pair."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from api.prediction_log.sampling import is_logged
from api.prediction_log.segment import COLUMNS, Block, Request, encode
from quantity.features.calendar import date_to_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from api.prediction_log.buffer import Answered

BLOCK_REQUESTS = 200
"""So many requests a block at most: between two blocks, the interpreter is free for the request path."""

BLOCK_PAIRS = 2_000
"""The request that brings a block to so many pairs is its last: blocks are read whole."""

_LARGEST = np.iinfo(np.int32).max
_NANOSECONDS_IN_MICROSECOND = 1000


class Encoded(NamedTuple):
    """A block as a segment holds it.

    Attributes:
        content: the block; empty where no pair is in it.
        pairs: how many are in it.
        sampled_out: how many of its requests' pairs are not.
    """

    content: bytes
    pairs: int
    sampled_out: int


def encoded_blocks(answers: Sequence[Answered], share: float, alias: str) -> Iterator[Encoded]:
    """Blocks of answers, in their order.

    Args:
        answers: of any model versions and snapshots.
        share: of the pairs that are logged.
        alias: of the model versions.
    """
    for _, of_one_pair in groupby(answers, key=lambda answered: id(answered.pair)):
        for part in _parts(of_one_pair):
            yield _encoded(part, share, alias)


def _parts(answers: Iterable[Answered]) -> Iterator[list[Answered]]:
    part: list[Answered] = []
    pairs = 0
    for answered in answers:
        part.append(answered)
        pairs += len(answered.store_id)
        if len(part) == BLOCK_REQUESTS or pairs >= BLOCK_PAIRS:
            yield part
            part, pairs = [], 0
    if part:
        yield part


def _encoded(answers: Sequence[Answered], share: float, alias: str) -> Encoded:
    columns = _columns(answers)
    asked = len(columns["status"])
    if share < 1:
        kept = is_logged(columns["store_id"], columns["product_id"], share)
        columns = {name: values[kept] for name, values in columns.items()}
        places, columns["request"] = np.unique(columns["request"], return_inverse=True)
        answers = [answers[place] for place in places.tolist()]
    pairs = len(columns["status"])
    return Encoded(encode(_block(answers, columns, alias)) if pairs else b"", pairs, asked - pairs)


def _columns(answers: Sequence[Answered]) -> dict[str, np.ndarray]:
    """By the names of `COLUMNS`, the values of all pairs of these requests."""
    every = [answered.predictions for answered in answers]
    arrays = {
        "store_id": [answered.store_id for answered in answers],
        "product_id": [answered.product_id for answered in answers],
        "status": [predictions.status for predictions in every],
        "quantity": [predictions.quantity for predictions in every],
        "typical": [predictions.typical for predictions in every],
        "low": [predictions.low for predictions in every],
        "high": [predictions.high for predictions in every],
    }
    columns = {name: np.concatenate(parts) for name, parts in arrays.items()}
    return columns | {"request": np.repeat(np.arange(len(answers)), [*map(len, arrays["store_id"])])}


def _block(answers: Sequence[Answered], columns: dict[str, np.ndarray], alias: str) -> Block:
    pair = answers[0].pair
    snapshot = pair.snapshot.info
    return Block(
        pair.model.version,
        alias,
        snapshot.snapshot_id,
        date_to_day(snapshot.as_of_date),
        [
            Request(one.request_id, one.at // _NANOSECONDS_IN_MICROSECOND, date_to_day(one.date), one.shown)
            for one in answers
        ],
        # An answer beyond the table's whole numbers is kept as the largest of them.
        {name: np.minimum(columns[name], _LARGEST).astype(kind).tobytes() for name, kind in COLUMNS.items()},
    )
