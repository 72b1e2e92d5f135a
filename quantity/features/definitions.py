"""The feature list: every column that training and serving use is declared here, once."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from quantity.features.transforms import (
    Column,
    LastCasePrice,
    OrderCount,
    OrderDayLags,
    OrderRhythm,
    QuantityDistribution,
    QuantityLags,
    WindowMean,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quantity.features.transforms import Transform

SCOPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "store": ("store_id",),
        "product": ("product_id",),
        "store_type": ("store_type",),
        "store_region": ("region_id",),
        "category": ("category",),
        "sub_category": ("sub_category",),
        "store_product": ("store_id", "product_id"),
        "store_category": ("store_id", "category"),
        "region_category": ("region_id", "category"),
    }
)
"""What orders are grouped by: each scope and the attributes that make its key."""

TRANSFORMS: tuple[Transform, ...] = (
    *(WindowMean(scope, days=30) for scope in SCOPES),
    QuantityLags("store_product", lags=(1, 2, 3, 4, 5, 6, 7, 14, 28)),
    OrderRhythm("store_product"),
    OrderDayLags("store", lags=(1, 3, 7)),
    *(QuantityDistribution(scope) for scope in ("product", "store", "store_product")),
    *(OrderCount(scope) for scope in ("product", "store", "store_product")),
    *(LastCasePrice(scope) for scope in ("product", "store_product")),
)
"""The as-of features. To add one, add it here: the tables, training and serving follow."""

CALENDAR: tuple[Column, ...] = (
    Column("checkout_dow", integer=True),
    Column("checkout_day", integer=True),
    Column("checkout_month", integer=True),
)
"""Features of the date itself: day of the week (Monday 0), of the month, and month."""

STORE_ATTRIBUTES: tuple[str, ...] = ("store_type", "region_id", "store_size")
PRODUCT_ATTRIBUTES: tuple[str, ...] = ("category", "sub_category")
ATTRIBUTES: tuple[str, ...] = STORE_ATTRIBUTES + PRODUCT_ATTRIBUTES
"""Categorical attributes; the model's own encoder turns them into numbers."""

HISTORY_COLUMNS: tuple[Column, ...] = tuple(column for t in TRANSFORMS for column in t.columns)

NUMERIC_FEATURES: tuple[str, ...] = tuple(column.name for column in HISTORY_COLUMNS + CALENDAR)

FEATURES: tuple[str, ...] = NUMERIC_FEATURES + ATTRIBUTES
"""What the trees read."""

INPUTS: tuple[str, ...] = ("product_id", *FEATURES)
"""The model's input columns, in the order of its signature: the product, whose packs it knows, and the features."""


def transforms_of(scope: str) -> tuple[Transform, ...]:
    """The transforms of one scope, in declaration order."""
    return tuple(t for t in TRANSFORMS if t.scope == scope)


def columns_of(scope: str) -> tuple[Column, ...]:
    """The columns that the latest state keeps for each group of a scope."""
    return tuple(column for t in transforms_of(scope) for column in t.columns)
