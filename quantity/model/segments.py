"""Kinds of answers that are calibrated apart: by how much is known of the pair, and by size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantity.model.history import HISTORY_LENGTHS

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE_EDGES: tuple[int, ...] = (2, 4, 9, 25, 100)
SIZES: tuple[str, ...] = ("1", "2-3", "4-8", "9-24", "25-99", "100+")
"""Sizes of an answer, in cases."""

SHAPE = (len(HISTORY_LENGTHS), len(SIZES))


def size_group(quantity: np.ndarray) -> np.ndarray:
    """(n,) index into `SIZES` by (n,) numbers of cases."""
    group: np.ndarray = np.digitize(quantity, SIZE_EDGES)
    return group


def segments(history: np.ndarray, size: np.ndarray, min_orders: int) -> Iterator[tuple[tuple[int, int], np.ndarray]]:
    """Each segment with the orders to calibrate it on: its own, or where they are few those of its neighbours too.

    Args:
        history: (n,) index into `HISTORY_LENGTHS`.
        size: (n,) index into `SIZES`.
        min_orders: how many orders a segment needs; it reaches out to the next sizes until it has them, and to
            all orders where even all sizes of its history length are too few.

    Yields:
        The segment's place in `SHAPE` and an (n,) mask.
    """
    enough = dict(segments_with_enough(history, size, min_orders))
    for place in np.ndindex(SHAPE):
        yield place, enough.get(place, np.ones(len(history), dtype=bool))


def segments_with_enough(
    history: np.ndarray, size: np.ndarray, min_orders: int
) -> Iterator[tuple[tuple[int, int], np.ndarray]]:
    """As `segments`, without those whose history length has too few orders."""
    for i, j in np.ndindex(SHAPE):
        for reach in range(len(SIZES)):
            mask = (history == i) & (np.abs(size - j) <= reach)
            if mask.sum() >= min_orders:
                yield (i, j), mask
                break
