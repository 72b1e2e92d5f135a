"""The orders of one scope in time order, and the view of them as of a day.

Everything here is positions in one sorted array: a group's orders are consecutive and ascend by day, so
"strictly before a day" is the slice that ``searchsorted`` finds. A feature reads nothing but that slice,
so it cannot see its own day or the future.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

Ints: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"
Floats: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.float64]]"

MISSING = -1
"""The code of a group or label that is not known."""


@dataclass(frozen=True)
class Timeline:
    """The orders of every group of a scope, sorted by group, day and then ``tie_break``.

    Attributes:
        group: (n,) group codes, ascending.
        day: (n,) days since 1970-01-01, ascending in each group.
        rows: (n,) position of each order in the arrays the timeline was made of.
        start: (n_groups + 1,) position of each group's first order; the last entry is ``n``.
        columns: further (n,) arrays in the same order, such as ``quantity``.
    """

    group: Ints
    day: Ints
    rows: Ints
    start: Ints
    columns: Mapping[str, np.ndarray]

    @classmethod
    def build(
        cls,
        group: Ints,
        n_groups: int,
        day: Ints,
        columns: Mapping[str, np.ndarray],
        *,
        chronological: Ints,
    ) -> Timeline:
        """Sort orders into a timeline; orders whose group is `MISSING` are left out.

        Args:
            group: (n,) codes from 0 to ``n_groups - 1``, or `MISSING`.
            n_groups: how many groups there are, with or without orders.
            day: (n,) days since 1970-01-01.
            columns: further (n,) arrays to carry along.
            chronological: (n,) the permutation that sorts the orders by day and tie-break. It is the
                same for every scope, so it is computed once.
        """
        candidates = chronological[group[chronological] != MISSING]
        rows = candidates[np.argsort(group[candidates], kind="stable")]
        sorted_group = group[rows]
        return cls(
            group=sorted_group,
            day=day[rows],
            rows=rows,
            start=np.searchsorted(sorted_group, np.arange(n_groups + 1)),
            columns={name: column[rows] for name, column in columns.items()},
        )

    @property
    def n_groups(self) -> int:
        """How many groups there are, with or without orders."""
        return len(self.start) - 1

    def as_of_each_order(self) -> AsOf:
        """The view that each order itself has of its past, in the timeline's order (training)."""
        return AsOf(self, self.group, self.day)

    def as_of_day(self, day: int) -> AsOf:
        """The view that an order of each group would have on ``day``, by group code (serving)."""
        return AsOf(self, np.arange(self.n_groups), np.full(self.n_groups, day))

    @cached_property
    def _keys(self) -> Ints:
        return self.group * self._span + (self.day - self._first_day)

    @cached_property
    def _first_day(self) -> int:
        return int(self.day.min()) if len(self.day) else 0

    @cached_property
    def _span(self) -> int:
        # One more than the days covered, so that a day past the end still sorts inside its group.
        return int(self.day.max()) - self._first_day + 2 if len(self.day) else 1

    def position(self, group: Ints, day: Ints) -> Ints:
        """The position of each group's first order on or after ``day``."""
        offset = np.clip(day - self._first_day, 0, self._span - 1)
        return np.searchsorted(self._keys, group * self._span + offset)


@dataclass(frozen=True)
class AsOf:
    """For each question (group, day): which orders of that group lie strictly before that day.

    Attributes:
        timeline: the orders.
        group: (m,) group codes asked about.
        day: (m,) the days asked about.
    """

    timeline: Timeline
    group: Ints
    day: Ints

    @cached_property
    def first(self) -> Ints:
        """(m,) position of the group's first order."""
        return self.timeline.start[self.group]

    @cached_property
    def end(self) -> Ints:
        """(m,) position just after the group's last order strictly before the day."""
        return self.timeline.position(self.group, self.day)

    @cached_property
    def count(self) -> Ints:
        """(m,) how many orders lie strictly before the day."""
        return self.end - self.first

    def since(self, days: int) -> Ints:
        """(m,) position of the first order in the window of ``days`` calendar days before the day."""
        return self.timeline.position(self.group, self.day - days)

    def column(self, name: str) -> np.ndarray:
        """The timeline's column ``name``."""
        return self.timeline.columns[name]


def pick(values: np.ndarray, position: Ints, valid: np.ndarray) -> Floats:
    """``values[position]`` as float64 where ``valid``, NaN elsewhere."""
    picked = np.full(len(position), np.nan)
    picked[valid] = values[position[valid]]
    return picked


def prefix_sums(values: np.ndarray) -> np.ndarray:
    """(n + 1,) sums of the first 0, 1, … n values, so that a slice's sum is one subtraction."""
    sums = np.zeros(len(values) + 1, dtype=np.result_type(values.dtype, np.int64))
    np.cumsum(values, out=sums[1:])
    return sums
