"""Exponentially decayed sums: recent orders weigh more, older ones less, by calendar days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantity.features.timeline import ORDERS, AsOf, Timeline, squared
from quantity.features.transforms import Column
from quantity.whole_numbers import ranked

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
        days, at = ranked(as_of.day)
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
    days, at = ranked(timeline.day)
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
    since_last = np.diff(timeline.day, prepend=timeline.day[:1])
    carry = np.where(np.diff(timeline.group, prepend=-1) == 0, _fade(since_last, half_life), 0.0)
    columns = [timeline.columns[name].astype(np.float64) for name in names]
    if as_of.is_once:
        return [total * fade for total in _last_sums(carry, columns, as_of)]
    longest = int(np.diff(timeline.start).max())
    running = _running_sums(carry, columns, longest)
    return [total[last] * fade for total in running]


def _fade(days: Ints, half_life: float) -> Floats:
    """``2^(-days / half_life)``, 1 for negative days; a number of days that occurs often is raised once."""
    days = np.maximum(days, 0)
    longest = int(days.max(initial=0))
    if longest >= len(days):
        return np.exp2(-days / half_life)
    raised: Floats = np.exp2(-np.arange(longest + 1) / half_life)
    return raised[days]


def _last_sums(carry: Floats, values: list[Floats], as_of: AsOf) -> list[Floats]:
    """(m,) what `_running_sums` finds at the ends of (m,) slices, if it begins anew at each first.

    The same additions in the same order, without those that no end needs.
    """
    halving = as_of.halving
    carry, values = carry[halving.backwards], [value[halving.backwards] for value in values]
    for first, second in halving.rounds:
        carried = carry[first]
        values = [value[first] + carried * value[second] for value in values]
        carry = carried * carry[second]
    sums = [np.zeros(len(as_of.day)) for _ in values]
    for of_slices, value in zip(sums, values, strict=True):
        of_slices[as_of.days > 0] = value[::-1]
    return sums


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
