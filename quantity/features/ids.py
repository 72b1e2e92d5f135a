"""Ids and their positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from quantity.features.timeline import Ints


def positions(ids: Ints, wanted: Ints) -> tuple[Ints, np.ndarray]:
    """Where each wanted id stands in ascending ``ids``, and whether it is there at all.

    Where it is not there, the position is a legal one of another id.
    """
    if not len(ids):
        return np.zeros(len(wanted), dtype=np.int64), np.zeros(len(wanted), dtype=bool)
    position = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return position, ids[position] == wanted
