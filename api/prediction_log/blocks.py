"""Makes blocks of answers: a few array operations for hundreds of requests, and none for a single pair."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from api.prediction_log.sampling import is_logged
from api.prediction_log.segment import COLUMNS, Block, encode
from quantity.features.calendar import date_to_day
from quantity.online.predictor import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from api.prediction_log.buffer import Taken
    from api.prediction_log.segment import Request
    from api.serving.memory import ActivePair

BLOCK_REQUESTS = 200
"""So many requests a block at most: between two blocks, the interpreter is free for the request path."""

BLOCK_PAIRS = 20_000
"""The request that brings a block to so many pairs is its last: blocks are read whole."""

STORE, PRODUCT = NUMBERS.index("store_id"), NUMBERS.index("product_id")


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


def encoded_blocks(taken: Taken, share: float, alias: str) -> Iterator[Encoded]:
    """Blocks of answers, in their order.

    Args:
        taken: answers of any model versions and snapshots.
        share: of the pairs that are logged.
        alias: of the model versions.
    """
    for part in _parts(taken):
        yield _encoded(taken, part, share, alias)


def _parts(taken: Taken) -> Iterator[range]:
    """Which requests make a block: those of one version and one snapshot, and not too many."""
    first, start = 0, 0
    for place, end in enumerate(taken.ends):
        after = place + 1
        is_last = after == len(taken.ends) or taken.pairs[after] is not taken.pairs[place]
        if is_last or after - first == BLOCK_REQUESTS or end - start >= BLOCK_PAIRS:
            yield range(first, after)
            first, start = after, end


def _encoded(taken: Taken, part: range, share: float, alias: str) -> Encoded:
    start = taken.ends[part.start - 1] if part.start else 0
    ends = taken.ends[part.start : part.stop]
    numbers, requests = taken.numbers[start : ends[-1]], taken.requests[part.start : part.stop]
    request: np.ndarray = np.repeat(np.arange(len(part)), np.diff(ends, prepend=start))
    asked = len(request)
    if share < 1:
        kept = is_logged(numbers[:, STORE], numbers[:, PRODUCT], share)
        numbers = numbers[kept]
        places, request = np.unique(request[kept], return_inverse=True)
        requests = [requests[place] for place in places.tolist()]
    pairs = len(request)
    columns = dict(zip(NUMBERS, numbers.T, strict=True)) | {"request": request}
    content = encode(_block(taken.pairs[part.start], requests, columns, alias)) if pairs else b""
    return Encoded(content, pairs, asked - pairs)


def _block(pair: ActivePair, requests: Sequence[Request], columns: dict[str, np.ndarray], alias: str) -> Block:
    snapshot = pair.snapshot.info
    return Block(
        pair.model.version,
        alias,
        snapshot.snapshot_id,
        date_to_day(snapshot.as_of_date),
        list(requests),
        {name: columns[name].astype(kind, copy=False).tobytes() for name, kind in COLUMNS.items()},
    )
