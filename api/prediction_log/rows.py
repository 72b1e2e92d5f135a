"""The rows of the table `predictions` that a segment's blocks make."""

from __future__ import annotations

import datetime as dt
from itertools import repeat
from typing import TYPE_CHECKING, TypeAlias

from quantity.features.calendar import day_to_date
from quantity.online.statuses import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np

    from api.prediction_log.segment import Block, Request

Row: TypeAlias = "tuple[int | str | None, ...]"
"""A value for each column of the table, in their order, as both kinds of database read it."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECONDS_IN_SECOND = 1_000_000


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
    columns, n = block.arrays(), block.pairs
    asked = [_of_request(request) for request in block.requests]
    # Python would take a negative place from the end.
    of_pair = [asked[place] for place in columns["request"].astype("u4").tolist()]
    return list(
        zip(
            repeat(segment_id, n),
            range(first_line, first_line + n),
            (at for at, _, _, _ in of_pair),
            (request_id for _, request_id, _, _ in of_pair),
            _known(columns["store_id"]),
            _known(columns["product_id"]),
            (day for _, _, day, _ in of_pair),
            repeat(day_to_date(block.as_of_day).isoformat(), n),
            repeat(block.snapshot_id, n),
            repeat(block.model_version, n),
            repeat(block.model_alias, n),
            [STATUSES[number] for number in columns["status"].tolist()],
            *(_known(columns[name]) for name in ("quantity", "typical", "low", "high")),
            (shown for _, _, _, shown in of_pair),
            strict=True,
        )
    )


def _of_request(request: Request) -> tuple[str, str, str, int]:
    """When it was answered, its id, its checkout date and whether its answer was shown."""
    # Whole seconds: MySQL would round them, half of them up.
    at = _EPOCH + dt.timedelta(seconds=request.at // _MICROSECONDS_IN_SECOND)
    checkout_date = day_to_date(request.checkout_day)
    return f"{at:%Y-%m-%d %H:%M:%S}.000000", request.request_id, checkout_date.isoformat(), int(request.shown)


def _known(values: np.ndarray) -> list[int | None]:
    return [value or None for value in values.tolist()]
