"""By how much one version answers better than another on the same orders, and how sure that is.

Orders of a day share its weather and its holidays, orders of a store its buyer: they are not independent, and an
interval that takes them so is far too narrow. The pigeonhole bootstrap draws days and stores independently of each
other, both with replacement; an order counts as often as its day was drawn, times how often its store was (Owen 2007,
"The pigeonhole bootstrap", Annals of Applied Statistics 1(2), 386-411). `scipy.stats.bootstrap` and the package arch
draw along one axis only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import norm, t

if TYPE_CHECKING:
    from collections.abc import Iterator

FEWEST_DAYS = 3
"""Order days that an interval takes: the noise of days is not seen on one, and hardly on two."""

REPLICATES = 2_000
SEED = 20_071
BATCH = 250
"""Replicates at a time: bounds the memory."""


@dataclass(frozen=True)
class AnsweredOrders:
    """Orders that two versions answered; quantities and answers in cases.

    Attributes:
        window: (n,) number of the order's window.
        day: (n,) its day; a day is of one window.
        store: (n,) its store.
        y: (n,) cases ordered.
        champion: (n,) answers of the champion.
        candidate: (n,) answers of the new version.
    """

    window: np.ndarray
    day: np.ndarray
    store: np.ndarray
    y: np.ndarray
    champion: np.ndarray
    candidate: np.ndarray


@dataclass(frozen=True)
class Improvement:
    """The champion's score minus the new version's: positive is better.

    Attributes:
        estimate: on the orders as they are.
        low: lower end of the interval, and `high` its upper end.
        level: of the interval, two-sided.
    """

    estimate: float
    low: float
    high: float
    level: float

    def __str__(self) -> str:
        direction = "worse" if self.estimate < 0 else "better"
        return f"{direction} by {abs(self.estimate):.4f} ({100 * self.level:g}% interval {self.interval})"

    @property
    def interval(self) -> str:
        """Both ends, in words."""
        return f"{self.low:.4f} to {self.high:.4f}"


class _Sums(NamedTuple):
    """Sums by window-ordered day and store.

    Attributes:
        sums: (5, days, stores): cases, absolute and signed errors of the champion, and of the new version.
        starts: (windows,) each window's first day.
    """

    sums: np.ndarray
    starts: np.ndarray


def improvement(
    orders: AnsweredOrders, level: float, replicates: int = REPLICATES, seed: int = SEED
) -> Improvement | None:
    """The improvement of the score, mean over windows, and its interval; None with fewer than `FEWEST_DAYS` days.

    The interval is the expanded percentile interval: of few days a bootstrap's quantiles lie too close together, as a
    normal distribution's do in the place of Student's (Hesterberg 2015, "What teachers should know about the
    bootstrap", The American Statistician 69(4), 371-386). It is expanded for days alone: later orders are of other
    days, and mostly of the same stores.
    """
    sums = _sums(orders)
    _, days, stores = sums.sums.shape
    if days < FEWEST_DAYS:
        return None
    drawn = np.concatenate(list(_replicates(sums, replicates, np.random.default_rng(seed))))
    tail = _expanded_tail((1 - level) / 2, days)
    low, high = np.nanquantile(drawn, [tail, 1 - tail])
    (estimate,) = _improvements(sums, np.ones((days, 1)), np.ones((stores, 1)))
    return Improvement(float(estimate), float(low), float(high), level)


def _sums(orders: AnsweredOrders) -> _Sums:
    window_and_day = np.stack([orders.window, orders.day.astype(np.int64)])
    days, day = np.unique(window_and_day, axis=1, return_inverse=True)
    stores, store = np.unique(orders.store, return_inverse=True)
    cell, shape = day.ravel() * len(stores) + store, (days.shape[1], len(stores))
    theirs, ours = orders.champion - orders.y, orders.candidate - orders.y
    columns = (orders.y, np.abs(theirs), theirs, np.abs(ours), ours)
    sums = [np.bincount(cell, column, minlength=shape[0] * shape[1]).reshape(shape) for column in columns]
    return _Sums(np.stack(sums), np.unique(days[0], return_index=True)[1])


def _replicates(sums: _Sums, replicates: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    _, days, stores = sums.sums.shape
    for start in range(0, replicates, BATCH):
        size = min(BATCH, replicates - start)
        yield _improvements(sums, _multiplicities(days, size, rng), _multiplicities(stores, size, rng))


def _multiplicities(n: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """(n, size): how often each of n was drawn, in each of so many draws of n."""
    drawn: np.ndarray = rng.multinomial(n, np.full(n, 1 / n), size=size).T.astype(np.float64)
    return drawn


def _improvements(sums: _Sums, days: np.ndarray, stores: np.ndarray) -> np.ndarray:
    """(b,) improvements for (days, b) and (stores, b) multiplicities; NaN where no order was drawn.

    A window of which no order was drawn does not count.
    """
    by_day = sums.sums @ stores * days
    cases, their_absolute, theirs, our_absolute, ours = np.add.reduceat(by_day, sums.starts, axis=1)
    gained = their_absolute + np.abs(theirs) - our_absolute - np.abs(ours)
    there = cases > 0
    by_window = np.divide(gained, cases, out=np.zeros_like(cases), where=there)
    count = there.sum(axis=0)
    mean: np.ndarray = np.divide(by_window.sum(axis=0), count, out=np.full(len(count), np.nan), where=count > 0)
    return mean


def _expanded_tail(tail: float, n: int) -> float:
    return float(norm.cdf(np.sqrt(n / (n - 1)) * t.ppf(tail, n - 1)))
