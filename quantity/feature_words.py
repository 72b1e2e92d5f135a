"""Features in words that people who order understand."""

from __future__ import annotations

import calendar
import math
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCOPES = {
    "store_product": "this product in this store",
    "product": "the product",
    "store": "the store",
    "category": "the category",
    "sub_category": "the sub-category",
    "store_category": "the category in the store",
    "region_category": "the category in the region",
    "store_type": "stores of its type",
    "store_region": "stores of its region",
    "all": "all stores",
}
_SCOPE = f"({'|'.join(sorted(SCOPES, key=len, reverse=True))})"
_QUARTILES = {"q25": "lower quartile", "q50": "median", "q75": "upper quartile"}
_DISTINCT = {"product": "products", "cate": "categories", "subcate": "sub-categories"}


class Unit(StrEnum):
    """What a feature's value is, as it is told."""

    CASES = "cases"
    TIMES = "times"
    """A factor: 1 is as expected."""
    ORDERS = "orders"
    DAYS = "days"
    SHARE = "share"
    CENTS = "cents"
    NUMBER = "number"
    WEEKDAY = "weekday"
    MONTH = "month"
    TEXT = "text"


_TELL: Mapping[Unit, Callable[[float], str]] = {
    Unit.WEEKDAY: lambda day: calendar.day_name[int(day)],
    Unit.MONTH: lambda month: calendar.month_name[int(month)],
    Unit.SHARE: lambda share: f"{share:.0%}",
    # As a share: beside the factor of a contribution, a second factor would be read as part of it.
    Unit.TIMES: lambda factor: f"{factor - 1:+.0%}",
    Unit.CENTS: lambda cents: f"{cents / 100:.2f}",
}
"""How values are told that are not just numbers."""
_WHOLE_FROM = 100
"""Numbers of this size are told without decimals."""


@dataclass(frozen=True)
class Meaning:
    """What a feature is.

    Attributes:
        label: in words.
        unit: of its value, as it is told.
        is_log: whether the feature is the logarithm of what is told.
        amount: the feature that is told in its place: what it is relative to the expected level of.
    """

    label: str
    unit: Unit
    is_log: bool = False
    amount: str | None = None


_PATTERNS: tuple[tuple[str, str, Unit, bool], ...] = (
    (r"qty_store_product_lag_(?P<nth>\d+)", "{nth}last order", Unit.CASES, False),
    (rf"qty_(?P<quartile>q\d+)_{_SCOPE}", "{quartile} of the orders of {scope}", Unit.CASES, False),
    (rf"qty_mode_share_{_SCOPE}", "share of the most frequent order of {scope}", Unit.SHARE, False),
    (rf"qty_mode_{_SCOPE}", "most frequent order of {scope}", Unit.CASES, False),
    (rf"avg_qty_{_SCOPE}_l(?P<days>\d+)d", "{days}-day mean of {scope}", Unit.CASES, False),
    (rf"cnt_{_SCOPE}_l(?P<days>\d+)d", "orders of {scope} in {days} days", Unit.ORDERS, False),
    (rf"cnt_{_SCOPE}", "orders of {scope} so far", Unit.ORDERS, False),
    (r"sum_qty_store_lag_(?P<nth>\d+)", "cases of the store on its {nth}last order day", Unit.CASES, False),
    (
        r"dcnt_(?P<distinct>\w+)_store_lag_(?P<nth>\d+)",
        "{distinct} of the store on its {nth}last order day",
        Unit.NUMBER,
        False,
    ),
    (rf"days_since_{_SCOPE}", "days since the last order of {scope}", Unit.DAYS, False),
    (rf"median_gap_days_{_SCOPE}", "median days between orders of {scope}", Unit.DAYS, False),
    (rf"last_case_price_cents_{_SCOPE}", "last case price of {scope}", Unit.CENTS, False),
    (rf"ewm_log_price_{_SCOPE}_h\d+d", "usual case price of {scope}", Unit.CENTS, True),
    (rf"ewm_log_qty_{_SCOPE}_h(?P<days>\d+)d", "mean order of {scope} {older}", Unit.CASES, True),
    (rf"ewm_qty_{_SCOPE}_h(?P<days>\d+)d", "mean cases of {scope} {older}", Unit.CASES, False),
    (
        rf"ewm_lift_{_SCOPE}_h(?P<days>\d+)d",
        "size of the orders of {scope} beside the products' {older}",
        Unit.TIMES,
        True,
    ),
    (rf"ewm_residual_{_SCOPE}_h\d+d", "orders of {scope} beside the expected, lately", Unit.TIMES, True),
    (rf"ewm_abs_residual_{_SCOPE}_h\d+d", "distance of the orders of {scope} from the expected", Unit.TIMES, True),
    (rf"ewn_\w+?_{_SCOPE}_h(?P<days>\d+)d", "orders of {scope} {older}", Unit.ORDERS, False),
    (rf"ews_\w+?_{_SCOPE}_h\d+d", "variation of the orders of {scope}", Unit.NUMBER, False),
    (r"level_(?:all|product|category|sub_category)", "usual order of {scope}", Unit.CASES, True),
    (rf"recent_level_{_SCOPE}", "size of the orders of {scope} beside the products', lately", Unit.TIMES, True),
    (rf"level_{_SCOPE}", "size of the orders of {scope} beside the products'", Unit.TIMES, True),
    (rf"trend_{_SCOPE}", "trend of {scope}", Unit.TIMES, True),
    (rf"residual_{_SCOPE}", "orders of {scope} beside the expected, lately", Unit.TIMES, True),
    (r"base", "usual order of this product in this store", Unit.CASES, True),
    (r"cold_base", "order that the product and the store alone suggest", Unit.CASES, True),
    (r"cold_base_to_base", "what product and store alone suggest, beside the pair's own orders", Unit.TIMES, True),
    (r"recent_to_base", "orders of the last weeks beside the usual", Unit.TIMES, True),
    (r"mean_to_level_product", "mean cases of the product beside its usual order", Unit.TIMES, True),
    (r"price_to_usual", "price beside the usual of this product in this store", Unit.TIMES, True),
    (r"price_to_store", "price of the product beside the store's others", Unit.TIMES, True),
    (r"checkout_dow", "day of the week", Unit.WEEKDAY, False),
    (r"checkout_day", "day of the month", Unit.NUMBER, False),
    (r"checkout_month", "month", Unit.MONTH, False),
    (r"store_type|region_id|store_size|category|sub_category", "{name}", Unit.TEXT, False),
)
_SIZE_SUFFIX = "_to_base"


@cache
def meaning_of(name: str) -> Meaning:
    """What a feature is; one that is not known here is told under its own name."""
    amount = name.removesuffix(_SIZE_SUFFIX)
    if amount != name and not _match(name):
        meaning = meaning_of(amount)
        return Meaning(meaning.label, meaning.unit, meaning.is_log, amount)
    found = _match(name)
    if found is None:
        return Meaning(name, Unit.NUMBER)
    label, unit, is_log, match = found
    words = {key: value or "" for key, value in match.groupdict().items()}
    words["older"] = f"(those over {words.get('days')} days ago count less than half)"
    words["scope"] = SCOPES[_scope_in(name)]
    words["name"] = name.removesuffix("_id").replace("_", " ")
    words["quartile"] = _QUARTILES.get(words.get("quartile", ""), "")
    words["distinct"] = _DISTINCT.get(words.get("distinct", ""), "")
    words["nth"] = _nth(int(words.get("nth") or 1))
    return Meaning(label.format(**words), unit, is_log)


def value_of(name: str, row: Mapping[str, float | str | None]) -> float | str | None:
    """A feature's value as it is told, or None where it is missing.

    Args:
        name: the feature.
        row: by name, the features of an order; attributes as text.
    """
    meaning = meaning_of(name)
    value = row.get(meaning.amount or name)
    if value is None or isinstance(value, str):
        return value
    if not math.isfinite(value):
        return None
    return math.exp(value) if meaning.is_log else value


def in_words(name: str, row: Mapping[str, float | str | None]) -> str:
    """A feature and its value, as ``30-day mean of the category 4.1``; arguments as of `value_of`."""
    meaning, value = meaning_of(name), value_of(name, row)
    if match := re.fullmatch(r"qty_store_product_lag_(\d+)", meaning.amount or name):
        return _last_orders(int(match.group(1)), row)
    return f"{meaning.label} {_told(value, meaning.unit)}"


def _last_orders(nth: int, row: Mapping[str, float | str | None]) -> str:
    orders = [value_of(f"qty_store_product_lag_{n}", row) for n in range(1, nth + 1)]
    if orders[-1] is None:
        return "no order of this product in this store" if nth == 1 else f"no {_nth(nth)}last order"
    size = _told(orders[-1], Unit.CASES)
    if nth > 1 and len(set(orders)) == 1:
        return f"last {nth} orders were {size}"
    return f"{_nth(nth)}last order was {size}"


def _told(value: float | str | None, unit: Unit) -> str:
    if value is None:
        return "not known"
    if isinstance(value, str):
        return value
    told = _TELL.get(unit)
    if told is not None:
        return told(value)
    return f"{value:.0f}" if value == round(value) or value >= _WHOLE_FROM else f"{value:.1f}"


def _match(name: str) -> tuple[str, Unit, bool, re.Match[str]] | None:
    for pattern, label, unit, is_log in _PATTERNS:
        if match := re.fullmatch(pattern, name):
            return label, unit, is_log, match
    return None


def _scope_in(name: str) -> str:
    """The scope that a name tells of: the longest that it holds as words of its own."""
    found = [scope for scope in SCOPES if re.search(rf"(?:^|_){scope}(?:_[hl]\d+d)?$", name)]
    return max(found, key=len, default="all")


def _nth(n: int) -> str:
    endings = {1: "", 2: "2nd ", 3: "3rd "}
    return endings.get(n, f"{n}th ")
