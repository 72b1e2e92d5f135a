"""Which orders training reads: all, or of more than a number the newest and an even sample of the others.

A window is tested on its part of the even sample, which stands for all of its orders. A model is fitted to that part of
the days before its window and to all orders of the newest ones; each order counts as many as it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import and_, or_

from training.fit.time_split import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import ColumnElement, FromClause

    from training.fit.time_split import Split

NEWEST_SHARE = 0.3
"""The share of the rows that the newest days of all models together may take: these days are read whole."""

SMALL_SHARE = 0.1
"""The share of the rows that small windows together may take: they have no orders to spare."""

_BITS = 20
_ONE, _OTHER, _THIRD = 1_327_217_885, 1_812_433_253, 1_000_000_007
"""Odd numbers below 2^31: with ids below 2^31 no sum of their products leaves the signed numbers of 64 bits."""


@dataclass(frozen=True)
class Sampling:
    """The orders that are read.

    Attributes:
        days: (d,) days with orders, ascending.
        orders: (d,) how many there are.
        share: (d,) the share of them that the even sample has.
        newest: days that are read whole: the newest before the end of each model; none where everything is read.
    """

    days: np.ndarray
    orders: np.ndarray
    share: np.ndarray
    newest: tuple[Window, ...] = ()

    @property
    def is_everything(self) -> bool:
        """Whether all orders are read."""
        return bool((self.share == 1).all())

    @property
    def rows(self) -> int:
        """How many orders are read, about."""
        whole = within(self.days, self.newest)
        return round(float(np.where(whole, self.orders, self.orders * self.share).sum()))

    def share_of(self, date: np.ndarray) -> np.ndarray:
        """(n,) the share of the even sample by (n,) order days."""
        share: np.ndarray = self.share[np.searchsorted(self.days, date)]
        return share

    def is_even(self, store_id: np.ndarray, product_id: np.ndarray, date: np.ndarray) -> np.ndarray:
        """(n,) whether orders are in the even sample, by their keys: the same ones each time."""
        if self.is_everything:
            return np.ones(len(date), dtype=bool)
        month = date.astype("datetime64[M]")
        day_of_month = (date - month.astype("datetime64[D]")).astype(np.int64) + 1
        of_year = month.astype(np.int64) % 12 + 1, day_of_month
        number = _number(store_id.astype(np.int64), product_id.astype(np.int64), *of_year, _bits_of_array)
        return np.asarray(number < _threshold(self.share_of(date)))

    def condition(self, table: FromClause) -> ColumnElement[bool] | None:
        """Which rows of ``features`` are read; None: all of them."""
        if self.is_everything:
            return None
        c = table.c
        number = _number(c.store_id, c.product_id, c.checkout_month, c.checkout_day, _bits_of_column)
        part = float(self.share.min())
        wholly = [*self.newest, *_runs(self.days, self.share == 1)]
        return or_(
            number < int(_threshold(part)),
            *(and_(c.checkout_date >= days.start, c.checkout_date < days.end) for days in wholly),
        )


def plan_sampling(days: np.ndarray, orders: np.ndarray, split: Split, most_rows: int) -> Sampling:
    """Choose what to read.

    Args:
        days: (d,) days with orders, ascending, ``datetime64[D]``.
        orders: (d,) how many there are.
        split: the windows.
        most_rows: how many orders to read, about; 0: all of them.
    """
    everything = Sampling(days, orders, np.ones(len(days)))
    if not most_rows or orders.sum() <= most_rows:
        return everything
    ends = [*(window.start for window in split.windows), (days[-1] + 1).astype(object)]
    most_newest = most_rows * NEWEST_SHARE / len(ends)
    newest = tuple(_newest(days, orders, np.datetime64(end), most_newest) for end in ends)
    newest = tuple(window for window in newest if window.start < window.end)
    most_small = most_rows * SMALL_SHARE / len(ends)
    is_small = within(days, [window for window in split.windows if orders[window.mask(days)].sum() <= most_small])
    others = ~(is_small | within(days, newest))
    left = most_rows - orders[~others].sum()
    part = min(max(left / max(orders[others].sum(), 1), 2.0**-_BITS), 1.0)
    return Sampling(days, orders, np.where(is_small, 1.0, part), newest)


def _newest(days: np.ndarray, orders: np.ndarray, end: np.datetime64, most: float) -> Window:
    """As many of the newest days before an end as have no more orders than ``most``."""
    stop = int(np.searchsorted(days, end))
    fitting = int(np.searchsorted(np.cumsum(orders[:stop][::-1]), most, side="right"))
    start = days[stop - fitting] if fitting else end
    return Window(start.astype(object), end.astype(object))


def within(days: np.ndarray, windows: Sequence[Window]) -> np.ndarray:
    """(n,) mask of (n,) days that are in any of some windows."""
    masks = [window.mask(days) for window in windows]
    return np.any(masks, axis=0) if masks else np.zeros(len(days), dtype=bool)


def _runs(days: np.ndarray, mask: np.ndarray) -> Iterator[Window]:
    """Stretches of consecutive order days where a mask is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    for first, stop in edges.reshape(-1, 2):
        yield Window(days[first].astype(object), (days[stop - 1] + 1).astype(object))


def _number(store: Any, product: Any, month: Any, day: Any, bits: Callable[[Any, int, int], Any]) -> Any:
    """A number below 2^`_BITS` that looks like chance: the middle bits of products, and of a square.

    Products alone would be as regular as days are. Source: Knuth, "The Art of Computer Programming", volume 2,
    section 3.1, and volume 3, section 6.4.
    """
    pair = bits(store * _ONE + product * _OTHER, 16, 31)
    order = bits(pair * _ONE + (month * 32 + day) * _THIRD, 16, 31)
    return bits(bits(order * order, 15, 31) * _OTHER, 31, _BITS)


def _bits_of_array(number: np.ndarray, first: int, count: int) -> np.ndarray:
    bits: np.ndarray = (number >> first) & ((1 << count) - 1)
    return bits


def _bits_of_column(number: ColumnElement[int], first: int, count: int) -> ColumnElement[Any]:
    return number.bitwise_rshift(first).bitwise_and((1 << count) - 1)


def _threshold(share: np.ndarray | float) -> np.ndarray:
    return np.round(np.asarray(share) * (1 << _BITS)).astype(np.int64)
