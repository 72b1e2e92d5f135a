"""Exponentially decayed sums: recent orders weigh more, older ones less, by calendar days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantity.features.runs import OrderDays
from quantity.features.timeline import AsOf, Timeline
from quantity.features.transforms import Column

if TYPE_CHECKING:
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
    def columns(self) -> tuple[Column, ...]:
        """``<part>_<measure>_<scope>_h<half-life>d``."""
        of = f"{self.measure}_{ALL if self.pooled else self.scope}_h{self.half_life}d"
        return tuple(Column(f"{part}_{of}", empty=0 if part == COUNT else np.nan) for part in self.parts)

    def compute(self, as_of: AsOf) -> tuple[Floats, ...]:
        """From decayed sums of 1, the measure and its square."""
        if not self.pooled:
            return self._statistics(as_of)
        days, at = np.unique(as_of.day, return_inverse=True)
        of_day = self._statistics(AsOf(_pooled(as_of.timeline, self.measure), np.zeros_like(days), days))
        return tuple(statistic[at] for statistic in of_day)

    def _statistics(self, as_of: AsOf) -> tuple[Floats, ...]:
        values = as_of.column(self.measure).astype(np.float64)
        powers = [np.ones_like(values), values, np.square(values)][: 3 if SPREAD in self.parts else 2]
        count, *sums = decayed_sums(as_of, powers, self.half_life)
        means = [np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0) for total in sums]
        statistics = {MEAN: means[0], COUNT: count}
        if SPREAD in self.parts:
            statistics[SPREAD] = np.sqrt(np.maximum(means[1] - np.square(means[0]), 0.0))
        return tuple(statistics[part] for part in self.parts)


def _pooled(timeline: Timeline, measure: str) -> Timeline:
    """The same orders as one group."""
    order = np.argsort(timeline.day, kind="stable")
    return Timeline(
        group=np.zeros_like(timeline.group),
        day=timeline.day[order],
        rows=timeline.rows[order],
        start=np.array([0, len(order)]),
        columns={measure: timeline.columns[measure][order]},
    )


def decayed_sums(as_of: AsOf, values: list[np.ndarray], half_life: float) -> list[Floats]:
    """For each question: Σ value · 2^(-days back / half_life) over the group's orders before the day.

    Args:
        as_of: m questions.
        values: (n,) values of the timeline's orders, an array a sum.
        half_life: days.

    Returns:
        An (m,) array a sum; 0 without orders.
    """
    days = OrderDays(as_of.timeline)
    if not len(days.starts):
        return [np.zeros(len(as_of.day)) for _ in values]
    last = days.before(as_of.end) - 1
    fade = np.where(as_of.count > 0, _fade(as_of.day - days.day[last], half_life), 0.0)
    carry = np.where(np.diff(days.group, prepend=-1) == 0, _fade(np.diff(days.day, prepend=0), half_life), 0.0)
    longest = int(np.bincount(days.group).max())
    running = _running_sums(carry, [days.sums(value) for value in values], longest)
    return [total[last] * fade for total in running]


def _fade(days: Ints, half_life: float) -> Floats:
    return np.exp2(-np.maximum(days, 0) / half_life)


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
