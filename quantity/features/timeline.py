"""The order days of one scope, and the view of them as of a day.

Everything here is positions in one sorted array: a group's order days are consecutive and ascend, so "strictly before
a day" is the slice that ``searchsorted`` finds. A feature reads nothing but that slice, so it cannot see its own day
or the future.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from quantity.whole_numbers import Whole

Ints: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"
Floats: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.float64]]"

Rows: TypeAlias = "Ints | slice"
"""Positions in an array, ascending."""

ALL_ROWS = slice(None)

MISSING = -1
"""The code of a group or label that is not known."""

ORDERS = "orders"
"""The column that every timeline has: how many orders an order day has."""

CASES = "cases"
"""What a transform says it reads if it needs the quantity of each order."""


def squared(measure: str) -> str:
    """The column of the sums of a measure's squares."""
    return f"{measure}²"


@dataclass(frozen=True)
class Timeline:
    """The order days of every group of a scope, sorted by group and day.

    Attributes:
        group: (d,) group codes, ascending.
        day: (d,) days since 1970-01-01, ascending in each group: no day twice.
        start: (n_groups + 1,) position of each group's first order day; the last entry is ``d``.
        columns: (d,) totals of each order day, by the name under which transforms read them: `ORDERS`, sums of
            measures, of their squares (`squared`), and others.
        cases: (n,) the quantity of each order, order day after order day, ascending in each; empty where no transform
            of the scope reads it.
    """

    group: Ints
    day: Ints
    start: Ints
    columns: Mapping[str, np.ndarray]
    cases: Whole = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def n_groups(self) -> int:
        """How many groups there are, with or without orders."""
        return len(self.start) - 1

    def as_of_each_day(self, rows: Rows = ALL_ROWS) -> AsOf:
        """The view that the orders of each order day, or of those at some positions, have of their past (training)."""
        return AsOf(self, self.group[rows], self.day[rows], np.arange(len(self.day))[rows])

    def as_of_day(self, day: int) -> AsOf:
        """The view that an order of each group would have on ``day``, by group code (serving)."""
        return self.as_of(np.arange(self.n_groups), np.full(self.n_groups, day))

    def as_of(self, group: Ints, day: Ints) -> AsOf:
        """The view that orders of (m,) groups would have on (m,) days."""
        return AsOf(self, group, day, self.position(group, day))

    def position(self, group: Ints, day: Ints) -> Ints:
        """The position of each group's first order day on or after ``day``."""
        offset = np.clip(day - self._first_day, 0, self._span - 1)
        return np.searchsorted(self._keys, group * self._span + offset)

    def of_groups(self, group: Ints) -> Timeline:
        """The timeline of (m,) groups alone, whose codes are then their places."""
        first, end = self.start[group], self.start[group + 1]
        rows, cases = positions_in(first, end), self.cases
        if len(cases):
            cases = cases[positions_in(self._cases_before[first], self._cases_before[end])]
        return Timeline(
            group=np.repeat(np.arange(len(group)), end - first),
            day=self.day[rows],
            start=prefix_sums(end - first),
            columns={name: column[rows] for name, column in self.columns.items()},
            cases=cases,
        )

    def pieces(self, size: int) -> Iterator[Piece]:
        """Consecutive groups, each piece of about ``size`` order days and orders that are read one by one."""
        if not self.n_groups:
            yield Piece(self)
            return
        at = self.start + self._cases_before[self.start] if len(self.cases) else self.start
        first = 0
        while first < self.n_groups:
            end = max(first + 1, int(np.searchsorted(at, at[first] + size, side="right")) - 1)
            yield self._piece(first, end)
            first = end

    def _piece(self, first: int, end: int) -> Piece:
        rows = slice(self.start[first], self.start[end])
        cases = slice(*self._cases_before[[rows.start, rows.stop]]) if len(self.cases) else slice(0, 0)
        timeline = Timeline(
            group=self.group[rows] - first,
            day=self.day[rows],
            start=self.start[first : end + 1] - self.start[first],
            columns={name: column[rows] for name, column in self.columns.items()},
            cases=self.cases[cases].astype(np.int64),
        )
        return Piece(timeline, first, rows.start)

    @cached_property
    def _cases_before(self) -> Ints:
        return prefix_sums(self.columns[ORDERS])

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


class Piece(NamedTuple):
    """Consecutive groups of a timeline.

    Attributes:
        timeline: of these groups, whose codes begin at 0.
        first_group: the code of the first one in the whole.
        first_row: the position of their first order day in the whole.
    """

    timeline: Timeline
    first_group: int = 0
    first_row: int = 0

    @property
    def groups(self) -> slice:
        """The codes of its groups in the whole."""
        return slice(self.first_group, self.first_group + self.timeline.n_groups)


@dataclass(frozen=True)
class AsOf:
    """For each question (group, day): which order days of that group lie strictly before that day.

    Attributes:
        timeline: the order days.
        group: (m,) group codes asked about.
        day: (m,) the days asked about.
        end: (m,) position just after the group's last order day strictly before the day.
    """

    timeline: Timeline
    group: Ints
    day: Ints
    end: Ints

    @classmethod
    def joined(cls, views: Sequence[AsOf]) -> AsOf:
        """The questions of several views of one timeline, one after the other."""
        if len(views) == 1:
            return views[0]
        group, day, end = (np.concatenate([getattr(view, name) for view in views]) for name in ("group", "day", "end"))
        return cls(views[0].timeline, group, day, end)

    @property
    def is_once(self) -> bool:
        """Whether no group is asked about twice, and they ascend."""
        return bool((self.group[1:] > self.group[:-1]).all())

    def rounds(self, most: int) -> list[Rows]:
        """Positions of questions that make up all of them, each time of other groups, which ascend.

        Nothing if that takes more than so many rounds, or the groups do not ascend.
        """
        if self.is_once:
            return [ALL_ROWS]
        if len(self.group) > most * self.timeline.n_groups or (self.group[1:] < self.group[:-1]).any():
            return []
        number = np.arange(len(self.group)) - np.searchsorted(self.group, self.group)
        count = int(number.max()) + 1
        return [np.flatnonzero(number == nth) for nth in range(count)] if count <= most else []

    def at(self, rows: Rows) -> AsOf:
        """Some of the questions."""
        return AsOf(self.timeline, self.group[rows], self.day[rows], self.end[rows])

    def narrowed(self) -> AsOf:
        """The same questions, of different groups each, of a timeline that has only these groups."""
        of_groups = self.timeline.of_groups(self.group)
        return AsOf(of_groups, np.arange(len(self.group)), self.day, self.end - self.first + of_groups.start[:-1])

    @cached_property
    def first(self) -> Ints:
        """(m,) position of the group's first order day."""
        return self.timeline.start[self.group]

    @cached_property
    def days(self) -> Ints:
        """(m,) how many order days lie strictly before the day."""
        return self.end - self.first

    @cached_property
    def orders(self) -> Ints:
        """(m,) how many orders lie strictly before the day."""
        return self.sums(ORDERS, self.first)

    @cached_property
    def halving(self) -> Halving:
        """Of the order days before the day, from the last one back."""
        return Halving.of(self.first, self.end)

    def since(self, days: int) -> Ints:
        """(m,) position of the first order day in the window of ``days`` calendar days before the day."""
        return self.timeline.position(self.group, self.day - days)

    def sums(self, name: str, first: Ints) -> np.ndarray:
        """(m,) sums of a column from the positions ``first`` to the day."""
        sums = prefix_sums(self.column(name))
        differences: np.ndarray = sums[self.end] - sums[first]
        return differences

    def column(self, name: str) -> np.ndarray:
        """The timeline's column ``name``."""
        return self.timeline.columns[name]


class Halving(NamedTuple):
    """How to join each of m slices to one element, two neighbours at a time.

    Attributes:
        backwards: (n,) the positions in the slices, the last slice first, each from its end back.
        rounds: positions of first and second ones in what the round before left; those of a slice's last element,
            which has no next one, are some of another slice.
    """

    backwards: Ints
    rounds: Sequence[tuple[Ints, Ints]]

    @classmethod
    def of(cls, first: Ints, end: Ints) -> Halving:
        """Of slices ``[first, end)``."""
        rounds, size = [], (end - first)[::-1]
        while len(size) and size.max() > 1:
            half = (size + 1) // 2
            at = 2 * np.arange(int(half.sum())) + np.repeat(prefix_sums(size)[:-1] - 2 * prefix_sums(half)[:-1], half)
            rounds.append((at, np.minimum(at + 1, int(size.sum()) - 1)))
            size = half
        return cls(positions_in(first, end)[::-1], rounds)


def pick(values: np.ndarray, position: Ints, valid: np.ndarray) -> Floats:
    """``values[position]`` as float64 where ``valid``, NaN elsewhere."""
    if not len(values):
        return np.full(len(position), np.nan)
    picked = values[np.where(valid, position, 0)].astype(np.float64)
    picked[~valid] = np.nan
    return picked


def positions_in(first: Ints, end: Ints) -> Ints:
    """The positions in (m,) slices, slice after slice."""
    size = end - first
    positions: Ints = np.arange(int(size.sum())) + np.repeat(first - prefix_sums(size)[:-1], size)
    return positions


def prefix_sums(values: np.ndarray) -> np.ndarray:
    """(n + 1,) sums of the first 0, 1, … n values, so that a slice's sum is one subtraction."""
    sums = np.zeros(len(values) + 1, dtype=np.result_type(values.dtype, np.int64))
    np.cumsum(values, out=sums[1:])
    return sums
