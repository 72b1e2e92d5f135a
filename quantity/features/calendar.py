"""Days, dates, and the features of the date itself."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from quantity.features.timeline import Floats, Ints

EPOCH = dt.date(1970, 1, 1)

MOST_AGEING_DAYS = 28
"""Further past the snapshot nobody knows whether the pair has ordered since."""


def calendar(day: Ints) -> dict[str, Floats]:
    """The calendar features of days since 1970-01-01: weekday (Monday 0), day of the month, month."""
    date = day.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    return {
        # 1970-01-01 was a Thursday, three days after a Monday.
        "checkout_dow": ((day + 3) % 7).astype(np.float64),
        "checkout_day": ((date - month).astype(np.int64) + 1).astype(np.float64),
        "checkout_month": (month.astype(np.int64) % 12 + 1).astype(np.float64),
    }


def day_to_date(day: int) -> dt.date:
    """The date of a day counted from 1970-01-01."""
    return EPOCH + dt.timedelta(days=day)


def date_to_day(date: dt.date) -> int:
    """Days since 1970-01-01."""
    return (date - EPOCH).days


def calendar_of(date: dt.date) -> tuple[float, float, float]:
    """The calendar features of one date, in the order of `CALENDAR`."""
    return float(date.weekday()), float(date.day), float(date.month)
