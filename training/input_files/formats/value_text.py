"""Typed values as the text that a person writes: ISO dates, no exponents."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

_LARGEST_EXACT = 2**53


def text_of(value: object) -> str:
    """A cell's value as text; nothing and NaN are empty."""
    match value:
        case None:
            return ""
        case float():
            return _number(value)
        case Decimal():
            return "" if value.is_nan() else f"{value:f}"
        case dt.datetime():
            return _moment(value)
        case bytes():
            return value.decode("utf-8", "replace")
        case _:
            return str(value)


def _number(value: float) -> str:
    if math.isnan(value):
        return ""
    if value.is_integer() and abs(value) < _LARGEST_EXACT:
        return str(int(value))
    return f"{Decimal(repr(value)):f}"


def _moment(value: dt.datetime) -> str:
    """The day alone where the time is midnight of no time zone."""
    if value.tzinfo is None and value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat(sep=" ")
