"""Random timelines of a few groups."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from quantity.features.timeline import MISSING, ORDERS, Timeline, squared

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
    """The timeline of these orders' days, with the sums of their measure as ``value``."""
    days: dict[tuple[int, int], list[float]] = {}
    for row in sorted(row for row in rows if row.group != MISSING):
        days.setdefault((row.group, row.day), []).append(row.value)
    group, day = (np.array([key[i] for key in days], dtype=np.int64) for i in range(2))
    columns = {
        ORDERS: np.array([len(values) for values in days.values()], dtype=np.int64),
        "value": np.array([sum(values) for values in days.values()], dtype=np.float64),
        squared("value"): np.array([sum(v * v for v in values) for values in days.values()], dtype=np.float64),
    }
    return Timeline(group, day, np.searchsorted(group, np.arange(N_GROUPS + 1)), columns)
