"""Random timelines of a few groups."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from quantity.features.timeline import MISSING, Timeline

N_GROUPS = 3


class Entry(NamedTuple):
    """An order: its group, its day and a measure of it."""

    group: int
    day: int
    value: float


def entries(days: st.SearchStrategy[int], max_size: int = 30) -> st.SearchStrategy[list[Entry]]:
    """Orders of a few groups, and of none."""
    values = st.integers(-50, 50).map(lambda tenths: tenths / 10)
    return st.lists(st.builds(Entry, st.integers(MISSING, N_GROUPS - 1), days, values), max_size=max_size)


def timeline_of(rows: list[Entry]) -> Timeline:
    """The timeline of these orders, with their measure as ``value``."""
    group = np.array([row.group for row in rows], dtype=np.int64)
    day = np.array([row.day for row in rows], dtype=np.int64)
    value = np.array([row.value for row in rows], dtype=np.float64)
    return Timeline.build(group, N_GROUPS, day, {"value": value}, chronological=np.lexsort((value, day)))
