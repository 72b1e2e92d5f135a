"""What a row of the raw tables must have: one declaration for the cells of files and for the checks of tables."""

from __future__ import annotations

import datetime as dt
from typing import Final, Generic, NamedTuple, TypeVar

Value = TypeVar("Value", int, dt.date)

LARGEST_ID: Final = 2**31 - 1
LARGEST_INT64: Final = 2**63 - 1
LONGEST_TEXT: Final = 255
"""Longest tag, store type, region or store size, in characters."""


class Limits(NamedTuple, Generic[Value]):
    """The values from ``low`` to ``high``, both included."""

    low: Value
    high: Value


IDS: Final = Limits(1, LARGEST_ID)
"""Of stores and products."""

OTHER_IDS: Final = Limits(0, LARGEST_INT64)
"""Of orders, brands, product variants and regions."""

QUANTITIES: Final = Limits(1, LARGEST_ID)
"""In cases."""

PRICES: Final = Limits(0, LARGEST_ID)
"""Of a case, in cents."""

DATES: Final = Limits(dt.date(1900, 1, 1), dt.date(2199, 12, 31))
"""Dates outside are typing errors."""


def last_order_date(today: dt.date, future_days: int) -> dt.date:
    """The last day that an order may be of.

    Args:
        today: the current day in the time zone of the days.
        future_days: days after today on which an order is still no typing error.
    """
    return today + dt.timedelta(days=future_days)
