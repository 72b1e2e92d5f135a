"""The kinds of as-of features: each is a small object whose arguments are its specification.

A transform computes its columns from an `AsOf` view alone. The history asks it for the view of every past
order, serving for the view of every group on the snapshot's as-of date: the same code, so the two agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from quantity.features.distribution import slice_distribution, slice_quantiles
from quantity.features.timeline import CASES, ORDERS, pick, prefix_sums

if TYPE_CHECKING:
    from quantity.features.timeline import AsOf, Floats

QUANTITY = "qty"
"""The measure that is an order's cases: a timeline's column of it holds those of each order day."""

LAST_PRICE = "last_case_price_cents"
"""A timeline's column: the case price, in cents, of the day's largest order, and of several the highest."""


def distinct(attribute: str) -> str:
    """A timeline's column: how many values of a product attribute the day's orders have."""
    return f"distinct {attribute}"


@dataclass(frozen=True)
class Column:
    """One feature column.

    Attributes:
        name: its name in the ``features`` table and in the model's signature.
        integer: whether its values are whole numbers (cases, orders, days).
        empty: its value for a known group with no order before the date: 0 for counts, else NaN.
        ages: whether it counts days since an event, so that it grows by a day each day.
    """

    name: str
    integer: bool = False
    empty: float = np.nan
    ages: bool = False


class Transform(Protocol):
    """A specification of feature columns over the orders of a scope."""

    @property
    def scope(self) -> str:
        """The scope whose groups the orders are grouped by."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The timeline's columns that it reads beside `ORDERS`."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns it computes, in order."""

    def compute(self, as_of: AsOf) -> tuple[Floats, ...]:
        """One (m,) float64 array a column, NaN where there is nothing to compute from."""


@dataclass(frozen=True)
class WindowMean:
    """Mean quantity, in cases, of the scope's orders in the last ``days`` calendar days, and their count."""

    scope: str
    days: int

    @property
    def reads(self) -> tuple[str, ...]:
        """The cases."""
        return (QUANTITY,)

    @property
    def columns(self) -> tuple[Column, ...]:
        """``avg_qty_<scope>_l<days>d`` and ``cnt_<scope>_l<days>d``."""
        return (
            Column(f"avg_qty_{self.scope}_l{self.days}d"),
            Column(f"cnt_{self.scope}_l{self.days}d", integer=True, empty=0),
        )

    def compute(self, as_of: AsOf) -> tuple[Floats, ...]:
        """Prefix sums of the quantity, differenced at the window's two ends."""
        first = as_of.since(self.days)
        count = as_of.sums(ORDERS, first).astype(np.float64)
        total = as_of.sums(QUANTITY, first)
        return np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0), count


@dataclass(frozen=True)
class OrderCount:
    """How many orders the scope has had before the date: the length of its history."""

    scope: str

    @property
    def reads(self) -> tuple[str, ...]:
        """The number of orders alone."""
        return ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """``cnt_<scope>``."""
        return (Column(f"cnt_{self.scope}", integer=True, empty=0),)

    def compute(self, as_of: AsOf) -> tuple[Floats, ...]:
        """The number of orders before the date."""
        return (as_of.orders.astype(np.float64),)


@dataclass(frozen=True)
class QuantityLags:
    """The quantities, in cases, of the scope's previous order days: lag 1 is the last one.

    A store and a product have one order a day.
    """

    scope: str
    lags: tuple[int, ...]

    @property
    def reads(self) -> tuple[str, ...]:
        """The cases."""
        return (QUANTITY,)

    @property
    def columns(self) -> tuple[Column, ...]:
        """``qty_<scope>_lag_<k>``."""
        return tuple(Column(f"qty_{self.scope}_lag_{lag}", integer=True) for lag in self.lags)

    def compute(self, as_of: AsOf) -> tuple[Floats, ...]:
        """The k-th order day counted back from the date."""
        quantity = as_of.column(QUANTITY)
        return tuple(pick(quantity, as_of.end - lag, as_of.days >= lag) for lag in self.lags)


@dataclass(frozen=True)
class OrderRhythm:
    """Days since the scope's last order, and the median of the gaps, in days, between its order days."""

    scope: str

    @property
    def reads(self) -> tuple[str, ...]:
        """The days alone."""
        return ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """``days_since_<scope>`` and ``median_gap_days_<scope>``."""
        return (
            Column(f"days_since_{self.scope}", integer=True, ages=True),
            Column(f"median_gap_days_{self.scope}", integer=True),
        )

    def compute(self, as_of: AsOf) -> tuple[Floats, ...]:
        """The gap of an order day is to the one before it, so a group's first has none."""
        day = as_of.timeline.day
        days_since = as_of.day - pick(day, as_of.end - 1, as_of.days > 0)
        gaps = np.diff(day, prepend=0)
        after_first = np.minimum(as_of.first + 1, as_of.end)
        (median_gap,) = slice_quantiles(gaps, after_first, as_of.end, [0.5])
        return days_since, median_gap


@dataclass(frozen=True)
class QuantityDistribution:
    """Quartiles of the scope's past quantities, the most frequent one, and its share of the orders."""

    scope: str

    @property
    def reads(self) -> tuple[str, ...]:
        """The cases of each order."""
        return (CASES,)

    @property
    def columns(self) -> tuple[Column, ...]:
        """``qty_q25_<scope>``, ``…_q50_…``, ``…_q75_…``, ``qty_mode_<scope>``, ``qty_mode_share_<scope>``."""
        quartiles = [Column(f"qty_q{level}_{self.scope}", integer=True) for level in (25, 50, 75)]
        mode = Column(f"qty_mode_{self.scope}", integer=True)
        return (*quartiles, mode, Column(f"qty_mode_share_{self.scope}"))

    def compute(self, as_of: AsOf) -> tuple[Floats, ...]:
        """Of equally frequent quantities the mode is the one that got there first (same day: the smaller)."""
        timeline = as_of.timeline
        before = prefix_sums(as_of.column(ORDERS))
        bounds, end = before[timeline.start], before[as_of.end]
        found = slice_distribution(timeline.cases, bounds, end, as_of.group, [0.25, 0.5, 0.75])
        return (*found.quantiles, found.mode, found.frequency / np.maximum(as_of.orders, 1))


@dataclass(frozen=True)
class LastCasePrice:
    """The case price, in cents, of the scope's last order; of several that day, of the largest one."""

    scope: str

    @property
    def reads(self) -> tuple[str, ...]:
        """The price of the day's largest order."""
        return (LAST_PRICE,)

    @property
    def columns(self) -> tuple[Column, ...]:
        """``last_case_price_cents_<scope>``."""
        return (Column(f"last_case_price_cents_{self.scope}"),)

    def compute(self, as_of: AsOf) -> tuple[Floats, ...]:
        """The last order day before the date."""
        return (pick(as_of.column(LAST_PRICE), as_of.end - 1, as_of.days > 0),)


@dataclass(frozen=True)
class OrderDayLags:
    """Breadth and volume of the scope's previous order days: lag 1 is the last day it ordered anything.

    Distinct products, categories and sub-categories ordered that day, and the cases of all of them.
    """

    scope: str
    lags: tuple[int, ...]

    @property
    def reads(self) -> tuple[str, ...]:
        """The cases, and how many categories and sub-categories were ordered."""
        return QUANTITY, *(distinct(attribute) for attribute in ("category", "sub_category"))

    @property
    def columns(self) -> tuple[Column, ...]:
        """``dcnt_product_<scope>_lag_<k>``, ``dcnt_cate_…``, ``dcnt_subcate_…`` and ``sum_qty_…``."""
        measures = ("dcnt_product", "dcnt_cate", "dcnt_subcate", "sum_qty")
        return tuple(
            Column(f"{measure}_{self.scope}_lag_{lag}", integer=True) for measure in measures for lag in self.lags
        )

    def compute(self, as_of: AsOf) -> tuple[Floats, ...]:
        """The k-th order day counted back from the date."""
        # A store orders a product once a day, so there are as many products as orders.
        totals = [as_of.column(name) for name in (ORDERS, *self.reads[1:], QUANTITY)]
        return tuple(pick(total, as_of.end - lag, as_of.days >= lag) for total in totals for lag in self.lags)
