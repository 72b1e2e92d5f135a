"""Exponentially decayed sums: recent orders weigh more, older ones less, by calendar days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantity.features.timeline import ORDERS, AsOf, Timeline, positions_in, prefix_sums, squared
from quantity.features.transforms import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quantity.features.timeline import Floats, Ints

MEAN, COUNT, SPREAD = "ewm", "ewn", "ews"
"""Exponentially weighted mean, number of orders, and standard deviation: the prefixes of their columns."""

ALL = "all"
"""In a column's name: orders of all groups together."""


@dataclass(frozen=True)
class Decayed:
    """Decayed statistics of a measure of the scope's orders.

    An order counts half as much for every ``half_life`` days that it lies back: 2^(-days / half_life).

    Attributes:
        scope: whose orders.
        measure: which of the measures of `quantity.features.stages`.
        half_life: days.
        parts: of `MEAN`, `COUNT` and `SPREAD`.
        pooled: whether the orders are those of all groups together.
    """

    scope: str
    measure: str
    half_life: int
    parts: tuple[str, ...] = (MEAN, COUNT)
    pooled: bool = False

    @property
    def reads(self) -> tuple[str, ...]:
        """The measure, and its squares for `SPREAD`."""
        return (self.measure, squared(self.measure)) if SPREAD in self.parts else (self.measure,)

    @property
    def columns(self) -> tuple[Column, ...]:
        """``<part>_<measure>_<scope>_h<half-life>d``."""
        of = f"{self.measure}_{ALL if self.pooled else self.scope}_h{self.half_life}d"
        return tuple(Column(f"{part}_{of}", empty=0 if part == COUNT else np.nan) for part in self.parts)

    def compute(self, as_of: AsOf) -> tuple[Floats, ...]:
        """From decayed sums of 1, the measure and its square."""
        if not self.pooled:
            return self._statistics(as_of)
        pooled = _pooled(as_of.timeline, self.reads)
        days, at = np.unique(as_of.day, return_inverse=True)
        of_day = self._statistics(pooled.as_of(np.zeros_like(days), days))
        return tuple(statistic[at] for statistic in of_day)

    def _statistics(self, as_of: AsOf) -> tuple[Floats, ...]:
        count, *sums = decayed_sums(as_of, (ORDERS, *self.reads), self.half_life)
        means = [np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0) for total in sums]
        statistics = {MEAN: means[0], COUNT: count}
        if SPREAD in self.parts:
            statistics[SPREAD] = np.sqrt(np.maximum(means[1] - np.square(means[0]), 0.0))
        return tuple(statistics[part] for part in self.parts)


def _pooled(timeline: Timeline, names: Sequence[str]) -> Timeline:
    """The order days of all groups together."""
    days, at = np.unique(timeline.day, return_inverse=True)
    totals = {name: np.bincount(at, timeline.columns[name], minlength=len(days)) for name in (ORDERS, *names)}
    return Timeline(np.zeros_like(days), days, np.array([0, len(days)]), totals)


def decayed_sums(as_of: AsOf, names: Sequence[str], half_life: float) -> list[Floats]:
    """For each question: Σ total · 2^(-days back / half_life) over the group's order days before the day.

    Args:
        as_of: m questions.
        names: the timeline's columns to sum.
        half_life: days.

    Returns:
        An (m,) array a column; 0 without orders.
    """
    timeline = as_of.timeline
    if not len(timeline.day):
        return [np.zeros(len(as_of.day)) for _ in names]
    last, known = as_of.end - 1, as_of.days > 0
    fade = np.where(known, _fade(as_of.day - timeline.day[last], half_life), 0.0)
    carry = np.where(np.diff(timeline.group, prepend=-1) == 0, _fade(np.diff(timeline.day, prepend=0), half_life), 0.0)
    columns = [timeline.columns[name].astype(np.float64) for name in names]
    if as_of.is_once:
        return [total * fade for total in _last_sums(carry, columns, as_of.first, as_of.end)]
    longest = int(np.diff(timeline.start).max())
    running = _running_sums(carry, columns, longest)
    return [total[last] * fade for total in running]


def _fade(days: Ints, half_life: float) -> Floats:
    return np.exp2(-np.maximum(days, 0) / half_life)


def _last_sums(carry: Floats, values: list[Floats], first: Ints, end: Ints) -> list[Floats]:
    """(m,) what `_running_sums` finds at the ends of (m,) slices, if it begins anew at each first.

    The same additions in the same order, without those that no end needs.
    """
    size = end - first
    backwards, size = positions_in(first, end)[::-1], size[::-1]
    carry, values = carry[backwards], [value[backwards] for value in values]
    while len(size) and size.max() > 1:
        half = (size + 1) // 2
        at = 2 * np.arange(int(half.sum())) + np.repeat(prefix_sums(size)[:-1] - 2 * prefix_sums(half)[:-1], half)
        # The last of a slice, which has no next one, carries nothing.
        after = np.minimum(at + 1, len(carry) - 1)
        values = [value[at] + carry[at] * value[after] for value in values]
        carry, size = carry[at] * carry[after], half
    sums = [np.zeros(len(size)) for _ in values]
    for of_slices, value in zip(sums, values, strict=True):
        of_slices[size > 0] = value
    return [of_slices[::-1] for of_slices in sums]


def _running_sums(carry: Floats, values: list[Floats], longest: int) -> list[Floats]:
    """``s[i] = carry[i] * s[i - 1] + value[i]`` for each array, by doubling steps (Hillis & Steele 1986).

    Where ``carry`` is 0 a sum begins anew; ``longest`` is the most elements that one runs over.
    """
    step = 1
    while step < longest:
        for value in values:
            value[step:] += carry[step:] * value[:-step]
        carry = np.concatenate([np.zeros(step), carry[step:] * carry[:-step]])
        step *= 2
    return values
