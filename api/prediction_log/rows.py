"""The rows of the table `predictions` that a segment's blocks make."""

from __future__ import annotations

import datetime as dt
from itertools import repeat
from typing import TYPE_CHECKING, TypeAlias

from quantity.online.statuses import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np

    from api.prediction_log.segment import Block, Request

Row: TypeAlias = "tuple[int | str | None, ...]"
"""A value for each column of the table, in their order, as both kinds of database read it."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_NANOSECONDS_IN_SECOND = 10**9

_STATUS = dict(enumerate(STATUSES))
"""Unlike a tuple, it has nothing at a negative place."""


class MalformedSegmentError(ValueError):
    """A file is no segment, or one that this version of the project does not read."""


def rows_of(segment_id: int, blocks: Iterable[Block]) -> Iterator[Row]:
    """The rows of a segment, in the order of its pairs.

    Raises:
        MalformedSegmentError: a block holds what no writer writes.
    """
    line = 0
    for block in blocks:
        try:
            yield from _rows_of_block(segment_id, line, block)
        except (ArithmeticError, LookupError, ValueError) as error:
            raise MalformedSegmentError(f"{type(error).__name__}: {error}") from error
        line += block.pairs


def _rows_of_block(segment_id: int, first_line: int, block: Block) -> list[Row]:
    n = block.pairs
    store_id, product_id, status, *cases = block.numbers.T
    of_pair = [told for request in block.requests for told in repeat(_of_request(request), request.pairs)]
    return list(
        zip(
            repeat(segment_id, n),
            range(first_line, first_line + n),
            (at for at, _, _, _ in of_pair),
            (request_id for _, request_id, _, _ in of_pair),
            _known(store_id),
            _known(product_id),
            (day for _, _, day, _ in of_pair),
            repeat(block.as_of_date.isoformat(), n),
            repeat(block.snapshot_id, n),
            repeat(block.model_version, n),
            repeat(block.model_alias, n),
            [_STATUS[number] for number in status.tolist()],
            *map(_known, cases),
            (shown for _, _, _, shown in of_pair),
            strict=True,
        )
    )


def _of_request(request: Request) -> tuple[str, str, str, int]:
    """When it was answered, its id, its checkout date and whether its answer was shown."""
    # Whole seconds: MySQL would round them, half of them up.
    at = _EPOCH + dt.timedelta(seconds=request.at // _NANOSECONDS_IN_SECOND)
    return f"{at:%Y-%m-%d %H:%M:%S}.000000", request.request_id, request.checkout_date.isoformat(), int(request.shown)


def _known(values: np.ndarray) -> list[int | None]:
    return [value or None for value in values.tolist()]
