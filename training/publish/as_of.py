"""Which orders a snapshot knows: those before its as-of date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from quantity.raw import RawTables


class NoOrdersBeforeError(ValueError):
    """There is no order before the as-of date."""


@dataclass(frozen=True)
class Lines:
    """Which order lines a snapshot is made of.

    Attributes:
        as_of: the first day that it does not know.
        before: how many lines are before that day.
        later: how many are on that day or later, and left out.
    """

    as_of: dt.date
    before: int
    later: int


@dataclass(frozen=True)
class Known:
    """What a snapshot is made of.

    Attributes:
        lines: which order lines.
        raw: the raw tables, with these lines.
    """

    lines: Lines
    raw: RawTables


def known_before(raw: RawTables, as_of: dt.date | None, today: dt.date) -> Known:
    """Leave out the order lines that the snapshot of a day does not know.

    Args:
        raw: the raw tables, with at least one order line.
        as_of: the first day that the snapshot does not know; None: the day after the last complete day, which is that
            of the last order before today.
        today: the current day, which is not complete.

    Raises:
        NoOrdersBeforeError: no order line is left.
    """
    day = raw.order_items["checkout_date"].to_numpy("datetime64[D]")
    lines = lines_before(day, np.ones(len(day), dtype=np.int64), as_of, today)
    items = raw.order_items
    if lines.later:
        items = items[day < np.datetime64(lines.as_of)].reset_index(drop=True)
    return Known(lines, replace(raw, order_items=items))


def lines_before(day: np.ndarray, lines: np.ndarray, as_of: dt.date | None, today: dt.date) -> Lines:
    """Which order lines the snapshot of a day is made of.

    Args:
        day: (n,) days that have order lines, at least one; they may repeat.
        lines: (n,) how many.
        as_of: the first day that the snapshot does not know; None: the day after the last complete day.
        today: the current day, which is not complete.

    Raises:
        NoOrdersBeforeError: no order line is left.
    """
    end = today if as_of is None else as_of
    before = day < np.datetime64(end)
    if not before.any():
        first = day.min().astype(dt.date)
        raise NoOrdersBeforeError(f"no order is before the as-of date {end}: the first is of {first}. {_remedy(as_of)}")
    if as_of is None:
        end = day[before].max().astype(dt.date) + dt.timedelta(days=1)
    return Lines(end, int(lines[before].sum()), int(lines[~before].sum()))


def _remedy(as_of: dt.date | None) -> str:
    if as_of is None:
        return "Today's orders count when the day is over; --as-of with tomorrow's date takes them now"
    return "Give a later --as-of"
