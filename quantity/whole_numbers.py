"""Whole numbers in as few bytes as hold them, and their order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Whole = np.ndarray[tuple[int], np.dtype[np.signedinteger[Any]]]
"""(n,) whole numbers of any width. Those of 32 bits are for keeping: who calculates with them widens them first."""

Wide = np.ndarray[tuple[int], np.dtype[np.int64]]
"""(n,) whole numbers to calculate with."""

MARKED = 16
"""Numbers that span no more than so many times their count are marked instead of sorted, to tell which occur."""

COUNTED = 4
"""To rank them, these: what is marked is counted as well."""

MOST_BITS = 62
"""Of keys that are sorted as numbers, with their places."""


def narrowed(values: Whole) -> Whole:
    """The numbers in 32 bits if all of them fit, else as they are."""
    if values.dtype == np.int32 or not len(values):
        return values
    fits = np.iinfo(np.int32)
    return values.astype(np.int32) if fits.min <= values.min() and values.max() <= fits.max else values


def sorting(*keys: Whole) -> Wide:
    """(n,) positions that sort by (n,) keys, the first key first; equal rows in their order."""
    if not len(keys[0]):
        return np.zeros(0, dtype=np.int64)
    spans = [int(key.max()) - int(key.min()) + 1 for key in keys]
    if math.prod(spans).bit_length() > MOST_BITS:
        return np.lexsort(keys[::-1])
    joined = np.zeros(len(keys[0]), dtype=np.int64)
    for key, span in zip(keys, spans, strict=True):
        joined *= span
        joined += key
        joined -= int(key.min())
    return stable_order(joined)


def stable_order(keys: Wide) -> Wide:
    """(n,) positions that sort non-negative keys, equal ones in their order."""
    bits = len(keys).bit_length()
    if int(keys.max(initial=0)) >> (MOST_BITS - bits):
        return np.argsort(keys, kind="stable")
    # Sorting numbers is several times as fast as sorting positions by them.
    packed = keys << bits
    packed += np.arange(len(keys))
    packed.sort()
    packed &= (1 << bits) - 1
    return packed


def distinct(numbers: Wide) -> Wide:
    """The numbers that occur, ascending."""
    if _width(numbers) > MARKED * len(numbers):
        return np.unique(numbers)
    least, occurs = _marks(numbers)
    return np.flatnonzero(occurs) + least


def ranked(numbers: Wide) -> tuple[Wide, Wide]:
    """The numbers that occur, ascending, and (n,) which of them each one is."""
    if _width(numbers) > COUNTED * len(numbers):
        occurring, rank = np.unique(numbers, return_inverse=True)
        return occurring, rank
    least, occurs = _marks(numbers)
    return np.flatnonzero(occurs) + least, (np.cumsum(occurs) - 1)[numbers - least]


def _width(numbers: Wide) -> int:
    """How many numbers there are from the least to the greatest; it may take more than 64 bits."""
    return int(numbers.max()) - int(numbers.min()) + 1 if len(numbers) else 0


def _marks(numbers: Wide) -> tuple[int, np.ndarray]:
    """The least number, and which of all from it to the greatest occur."""
    least = int(numbers.min()) if len(numbers) else 0
    occurs = np.zeros(_width(numbers), dtype=bool)
    occurs[numbers - least] = True
    return least, occurs
