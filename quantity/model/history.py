"""History length: how much is known of a store and product's orders."""

from __future__ import annotations

import numpy as np

HISTORY_LENGTHS: tuple[str, ...] = ("none", "thin", "rich")
"""No earlier order of the pair, 1 to 4, 5 and more."""

HISTORY_EDGES: tuple[int, int] = (1, 5)
"""The fewest orders of a thin and of a rich history."""


def history_length(orders: np.ndarray) -> np.ndarray:
    """(n,) index into `HISTORY_LENGTHS` by the pair's (n,) number of earlier orders."""
    length: np.ndarray = np.digitize(orders, HISTORY_EDGES)
    return length
