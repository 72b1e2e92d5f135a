"""What is expected of a store and a product, said again in plain Python: order by order, sum by sum, in float64.

It shares nothing with the package but the meaning of its columns.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAN = math.nan

Row = dict[str, float]

EVERYTHING: tuple[str, ...] = ()
PRODUCT, STORE, PAIR = ("product_id",), ("store_id",), ("store_id", "product_id")

AMOUNTS: tuple[str, ...] = (
    *(f"qty_store_product_lag_{lag}" for lag in (1, 2, 3, 4, 5)),
    *(f"qty_{part}_{scope}" for part in ("q25", "q50", "q75", "mode") for scope in ("store_product", "product")),
    "qty_q75_store",
    "qty_mode_store",
    *(f"avg_qty_{scope}_l30d" for scope in ("store_product", "product", "store_category", "sub_category")),
)
"""Quantities that are told relative to the base."""


class NaiveOrder(NamedTuple):
    """An order; an attribute that is not known is None."""

    store_id: int
    product_id: int
    day: int
    quantity: int
    price: float
    region_id: str | None
    category: str | None
    sub_category: str | None


class Mean(NamedTuple):
    """A weighted mean, NaN without orders, and the sum of the weights."""

    mean: float
    weight: float


class Past:
    """The orders before an order's day, each with the measures that it turned out to have."""

    def __init__(self, of: NaiveOrder, orders: Sequence[tuple[NaiveOrder, Row]]) -> None:
        self._of = of
        self._orders = [(order, row) for order, row in orders if order.day < of.day]

    def mean(self, measure: str, key: tuple[str, ...], half_life: float) -> Mean:
        """Of a measure over the orders that agree in the key; nothing agrees with what is not known."""
        wanted = [getattr(self._of, name) for name in key]
        total = weights = 0.0
        for order, row in self._orders:
            if None not in wanted and all(getattr(order, name) == of for name, of in zip(key, wanted, strict=True)):
                weight = 0.5 ** ((self._of.day - order.day) / half_life)
                weights += weight
                total += weight * row[measure]
        return Mean(total / weights if weights else NAN, weights)


def naive_rows(orders: Sequence[NaiveOrder], amounts: Sequence[Mapping[str, float]]) -> list[Row]:
    """The formulas and measures of each order.

    Args:
        orders: the orders, in any order.
        amounts: by order, its own `AMOUNTS` and the last price of its pair, which are told apart.
    """
    rows: list[Row] = [{} for _ in orders]
    for i in sorted(range(len(orders)), key=lambda i: orders[i].day):
        past = Past(orders[i], list(zip(orders, rows, strict=True)))
        rows[i] = _levels(past)
        rows[i] |= _relative(past, rows[i], amounts[i])
        rows[i] |= _measures(orders[i], rows[i])
    return rows


def _levels(past: Past) -> Row:
    everything = past.mean("log_qty", EVERYTHING, 90)
    level_all = everything.mean if everything.weight else 0.0
    category = _shrunk(past.mean("log_qty", ("category",), 90), 20, level_all)
    product = _shrunk(past.mean("log_qty", PRODUCT, 90), 5, category)
    store = _shrunk(past.mean("lift", STORE, 180), 3, 0.0)
    of_category = _shrunk(past.mean("lift", ("store_id", "category"), 180), 5, store)
    return {
        "level_all": level_all,
        "level_category": category,
        "level_sub_category": _shrunk(past.mean("log_qty", ("sub_category",), 90), 10, category),
        "level_product": product,
        "level_store": store,
        "recent_level_store": _shrunk(past.mean("lift", STORE, 14), 3, store),
        "level_store_category": of_category,
        "level_region_category": _shrunk(past.mean("lift", ("region_id", "category"), 180), 5, 0.0),
        "cold_base": product + of_category,
        "base": _shrunk(past.mean("log_qty", PAIR, 120), 1, product + of_category),
    }


def _relative(past: Past, levels: Row, amounts: Mapping[str, float]) -> Row:
    base = levels["base"]
    usual_price = past.mean("log_price", PAIR, 180).mean
    return {
        "trend_product": _shrunk(past.mean("lift", PRODUCT, 14), 3, 0.0),
        "trend_store": levels["recent_level_store"] - levels["level_store"],
        "residual_store": _shrunk(past.mean("residual", STORE, 20), 3, 0.0),
        "residual_product": _shrunk(past.mean("residual", PRODUCT, 20), 3, 0.0),
        "cold_base_to_base": levels["cold_base"] - base,
        "recent_to_base": past.mean("log_qty", PAIR, 30).mean - base,
        **{f"{name}_to_base": _log(amounts[name]) - base for name in AMOUNTS},
        "mean_to_level_product": _log(past.mean("qty", PRODUCT, 90).mean) - levels["level_product"],
        "price_to_usual": _log(amounts["last_case_price_cents_store_product"]) - usual_price,
        "price_to_store": past.mean("log_price", PRODUCT, 180).mean - past.mean("log_price", STORE, 180).mean,
    }


def _measures(order: NaiveOrder, levels: Row) -> Row:
    log_qty = math.log(order.quantity)
    return {
        "qty": order.quantity,
        "log_qty": log_qty,
        "log_price": math.log(max(order.price, 1.0)),
        "lift": log_qty - levels["level_product"],
        "residual": log_qty - levels["base"],
        "abs_residual": abs(log_qty - levels["base"]),
    }


def _shrunk(mean: Mean, orders: float, prior: float) -> float:
    return (mean.weight * mean.mean + orders * prior) / (mean.weight + orders) if mean.weight else prior


def _log(amount: float) -> float:
    return math.log(amount) if amount > 0 else NAN
