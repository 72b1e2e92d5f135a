"""The feature list: every column that training and serving use is declared here, once."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from quantity.features.decay import COUNT, MEAN, SPREAD, Decayed
from quantity.features.relative import Difference, LogRatio, Shrunk, Sum
from quantity.features.stages import Above, Stage
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

    from quantity.features.relative import Formula
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

SIZES: tuple[str, ...] = (
    *(f"qty_store_product_lag_{lag}" for lag in range(1, 6)),
    *(f"qty_{part}_{scope}" for scope in ("store_product", "product") for part in ("q25", "q50", "q75", "mode")),
    *(f"qty_{part}_store" for part in ("q75", "mode")),
    *(f"avg_qty_{scope}_l30d" for scope in ("store_product", "product", "store_category", "sub_category")),
)
"""Quantities that the trees read relative to the expected one."""


def _shrunk(name: str, statistic: str, orders: float, prior: str | None = None) -> Shrunk:
    return Shrunk(name, f"{MEAN}_{statistic}", f"{COUNT}_{statistic}", orders, prior)


LEVELS = Stage(
    transforms=(
        *(WindowMean(scope, days=30) for scope in SCOPES),
        QuantityLags("store_product", lags=(1, 2, 3, 4, 5, 6, 7, 14, 28)),
        OrderRhythm("store_product"),
        OrderDayLags("store", lags=(1, 3, 7)),
        *(QuantityDistribution(scope) for scope in ("product", "store", "store_product")),
        *(OrderCount(scope) for scope in ("product", "store", "store_product")),
        *(LastCasePrice(scope) for scope in ("product", "store_product")),
        Decayed("product", "log_qty", half_life=90, pooled=True),
        *(Decayed(scope, "log_qty", half_life=90) for scope in ("category", "sub_category")),
        Decayed("product", "log_qty", half_life=90, parts=(MEAN, COUNT, SPREAD)),
        Decayed("product", "qty", half_life=90, parts=(MEAN,)),
        Decayed("store_product", "log_qty", half_life=30),
        Decayed("store_product", "log_qty", half_life=120, parts=(MEAN, COUNT, SPREAD)),
        *(Decayed(scope, "log_price", half_life=180, parts=(MEAN,)) for scope in ("store", "product", "store_product")),
    ),
    formulas=(
        _shrunk("level_all", "log_qty_all_h90d", 0),
        _shrunk("level_category", "log_qty_category_h90d", 20, "level_all"),
        _shrunk("level_sub_category", "log_qty_sub_category_h90d", 10, "level_category"),
        _shrunk("level_product", "log_qty_product_h90d", 5, "level_category"),
    ),
    measures=(Above("lift", "level_product"),),
)
"""What is read off the orders, and how large a product's orders are: means of log(cases), each shrunk to the next
coarser one. An order's *lift* is how far it lies above its product's level."""

BASE = Stage(
    transforms=(
        Decayed("store", "lift", half_life=180, parts=(MEAN, COUNT, SPREAD)),
        *(Decayed(scope, "lift", half_life=180) for scope in ("store_category", "region_category")),
        *(Decayed(scope, "lift", half_life=14) for scope in ("store", "product")),
    ),
    formulas=(
        _shrunk("level_store", "lift_store_h180d", 3),
        _shrunk("recent_level_store", "lift_store_h14d", 3, "level_store"),
        _shrunk("level_store_category", "lift_store_category_h180d", 5, "level_store"),
        _shrunk("level_region_category", "lift_region_category_h180d", 5),
        Sum("cold_base", "level_product", "level_store_category"),
        _shrunk("base", "log_qty_store_product_h120d", 1, "cold_base"),
    ),
    measures=(Above("residual", "base"), Above("abs_residual", "base", absolute=True)),
)
"""What is expected of a store and a product, log(cases): ``cold_base`` of any two, ``base`` with the orders of the
pair. An order's *residual* is how far it lies above its base."""

RELATIVE = Stage(
    transforms=(
        *(Decayed(scope, "residual", half_life=20) for scope in ("store", "product")),
        *(
            Decayed(scope, "abs_residual", half_life=120, parts=(MEAN,))
            for scope in ("store", "product", "store_product")
        ),
    ),
    formulas=(
        _shrunk("trend_product", "lift_product_h14d", 3),
        Difference("trend_store", "recent_level_store", "level_store"),
        _shrunk("residual_store", "residual_store_h20d", 3),
        _shrunk("residual_product", "residual_product_h20d", 3),
        Difference("cold_base_to_base", "cold_base", "base"),
        Difference("recent_to_base", "ewm_log_qty_store_product_h30d", "base"),
        *(LogRatio(f"{amount}_to_base", amount, "base") for amount in SIZES),
        LogRatio("mean_to_level_product", "ewm_qty_product_h90d", "level_product"),
        LogRatio("price_to_usual", "last_case_price_cents_store_product", "ewm_log_price_store_product_h180d"),
        Difference("price_to_store", "ewm_log_price_product_h180d", "ewm_log_price_store_h180d"),
    ),
)
"""Sizes and prices relative to what is expected, and what was lately ordered above it."""

STAGES: tuple[Stage, ...] = (LEVELS, BASE, RELATIVE)
"""The features, each stage on the measures of those before. To add a transform or a formula, add it here: the
tables, training and serving follow. Add its name to `FEATURES` for the trees to read it."""

TRANSFORMS: tuple[Transform, ...] = tuple(transform for stage in STAGES for transform in stage.transforms)
"""The as-of features: what the tables hold."""

FORMULAS: tuple[Formula, ...] = tuple(formula for stage in STAGES for formula in stage.formulas)
"""What is made of a row of them: the same for the history and the latest state, so it is not stored."""

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

ATTRIBUTES_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"store": STORE_ATTRIBUTES, "product": PRODUCT_ATTRIBUTES}
)
"""The attributes by the scope that has them."""

HISTORY_COLUMNS: tuple[Column, ...] = tuple(column for t in TRANSFORMS for column in t.columns)

FEATURES: tuple[str, ...] = (
    *(f"{COUNT}_log_qty_store_product_h{days}d" for days in (30, 120)),
    f"{SPREAD}_log_qty_store_product_h120d",
    f"{MEAN}_abs_residual_store_product_h120d",
    "days_since_store_product",
    "median_gap_days_store_product",
    "qty_mode_share_store_product",
    f"{COUNT}_log_qty_product_h90d",
    f"{SPREAD}_log_qty_product_h90d",
    f"{MEAN}_abs_residual_product_h120d",
    "qty_mode_share_product",
    "cnt_product_l30d",
    f"{COUNT}_lift_store_h180d",
    f"{SPREAD}_lift_store_h180d",
    f"{MEAN}_abs_residual_store_h120d",
    "sum_qty_store_lag_3",
    "cnt_store_l30d",
    f"{COUNT}_lift_store_category_h180d",
    *(column.name for column in CALENDAR),
    *ATTRIBUTES,
    "level_sub_category",
    "level_product",
    "level_store",
    "level_region_category",
    "base",
    *(formula.name for formula in RELATIVE.formulas),
)
"""What the trees read."""

OTHER_READERS: tuple[str, ...] = ("cnt_store_product", "qty_q50_store", "qty_mode_store_product")
"""Columns that the model reads beside its trees: the length of the history, and what the baselines answer."""

_READ = {*FEATURES, *OTHER_READERS, *(name for formula in FORMULAS for name in formula.reads)}

NUMERIC_INPUTS: tuple[str, ...] = tuple(c.name for c in HISTORY_COLUMNS + CALENDAR if c.name in _READ)
"""The stored columns that the model reads; the tables hold more, for people and for other models."""

ROW: tuple[str, ...] = (*NUMERIC_INPUTS, *ATTRIBUTES, *(formula.name for formula in FORMULAS))
"""A row as the model sees it: its inputs, then what the formulas make of them."""

INPUTS: tuple[str, ...] = ("product_id", *NUMERIC_INPUTS, *ATTRIBUTES)
"""The model's input columns, in the order of its signature: the product, whose packs it knows, and the row."""


def served_columns_of(scope: str) -> tuple[Column, ...]:
    """Those of `columns_of` that the model reads."""
    return tuple(column for column in columns_of(scope) if column.name in NUMERIC_INPUTS)


def columns_of(scope: str) -> tuple[Column, ...]:
    """The columns that the latest state keeps for each group of a scope."""
    return tuple(column for t in TRANSFORMS if t.scope == scope for column in t.columns)
