"""Makes blocks of answers: a few array operations for hundreds of requests, and none for a single pair."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from msgspec.structs import replace

from api.prediction_log.sampling import is_logged
from api.prediction_log.segment import KIND, Block, encode
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
    start = 0
    for part in _parts(taken):
        requests, pair = taken.requests[part.start : part.stop], taken.pairs[part.start]
        end = start + sum(request.pairs for request in requests)
        yield _encoded(requests, taken.numbers[start:end], pair, share, alias)
        start = end


def _parts(taken: Taken) -> Iterator[range]:
    """Which requests make a block: those of one version and one snapshot, and not too many."""
    first, pairs = 0, 0
    for after, request in enumerate(taken.requests, 1):
        pairs += request.pairs
        is_last = after == len(taken.requests) or taken.pairs[after] is not taken.pairs[first]
        if is_last or after - first == BLOCK_REQUESTS or pairs >= BLOCK_PAIRS:
            yield range(first, after)
            first, pairs = after, 0


def _encoded(requests: Sequence[Request], numbers: np.ndarray, pair: ActivePair, share: float, alias: str) -> Encoded:
    asked = len(numbers)
    if share < 1:
        requests, numbers = _sampled(requests, numbers, share)
    snapshot = pair.snapshot.info
    description = pair.model.version, alias, snapshot.snapshot_id, snapshot.as_of_date, list(requests)
    pairs = len(numbers)
    content = encode(Block(*description, numbers.astype(KIND, copy=False).data)) if pairs else b""
    return Encoded(content, pairs, asked - pairs)


def _sampled(requests: Sequence[Request], numbers: np.ndarray, share: float) -> tuple[list[Request], np.ndarray]:
    """The requests that have a pair in the share, and these pairs' numbers."""
    kept = is_logged(numbers[:, STORE], numbers[:, PRODUCT], share)
    ends = np.cumsum([request.pairs for request in requests])
    kept_before = np.append(0, np.cumsum(kept))
    pairs = np.diff(kept_before[ends], prepend=0).tolist()
    return [replace(one, pairs=n) for one, n in zip(requests, pairs, strict=True) if n], numbers[kept]
