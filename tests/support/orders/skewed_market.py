"""Orders whose distribution is known, with their features, in time order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quantity.features.compute import compute_features
from quantity.features.definitions import INPUTS
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from quantity.model.estimates import Outcomes
from quantity.model.estimator import QuantityModel
from quantity.raw import RawTables

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    ToCases: TypeAlias = Callable[[np.ndarray, np.ndarray], np.ndarray]

FIRST_DAY = np.datetime64("2023-01-02")
SPREAD = 0.6
"""Standard deviation of the logarithm of an order's size, given its store, product and day."""

WEEKDAY = np.array([0.0, -0.4, 0.1, 0.5, 1.2, 0.0, -0.9])
"""How much larger orders of a day are, Monday to Sunday, as logarithms: what trees can tell and no baseline knows."""

SMALL = {"max_iter": 25, "min_samples_leaf": 40}
"""Enough to learn these orders."""


@dataclass(frozen=True)
class Market:
    """Orders in time order.

    Attributes:
        X: (n, `INPUTS`).
        y: (n,) cases.
        day: (n,) days since 1970-01-01.
    """

    X: pd.DataFrame
    y: np.ndarray
    day: np.ndarray

    def __getitem__(self, rows: slice) -> Market:
        return Market(self.X[rows], self.y[rows], self.day[rows])

    def part(self, first: float, end: float) -> Market:
        """The orders from one share of them to another."""
        return self[slice(int(first * len(self.y)), int(end * len(self.y)))]


def skewed_counts(log_size: np.ndarray, product_id: np.ndarray) -> np.ndarray:
    """Whole numbers of cases."""
    cases: np.ndarray = np.maximum(np.rint(np.exp(log_size)), 1)
    return cases


def pack_of(product_id: np.ndarray) -> np.ndarray:
    """The cases in a pack of a product."""
    return np.take([6, 12, 24], product_id % 3)


def packed(log_size: np.ndarray, product_id: np.ndarray) -> np.ndarray:
    """Whole packs."""
    pack = pack_of(product_id)
    cases: np.ndarray = np.maximum(np.rint(np.exp(log_size) / pack), 1) * pack
    return cases


@cache
def market(
    to_cases: ToCases = skewed_counts,
    *,
    orders: int = 5000,
    stores: int = 20,
    products: int = 25,
    level: float = 2.0,
    spread: float = SPREAD,
    seed: int = 0,
) -> Market:
    """Orders of random stores and products on random days; log-normal around the levels of all three.

    Args:
        to_cases: (n,) logarithms of sizes and (n,) product ids to (n,) cases.
        orders: how many, at most: two of a pair on a day are one.
        stores: how many there are.
        products: how many there are.
        level: mean logarithm of the size.
        spread: standard deviation of the logarithm of an order's size, given its store, product and day.
        seed: of the random numbers.
    """
    rng = np.random.default_rng(seed)
    store, product, day = (np.asarray(rng.integers(0, n, orders)) for n in (stores, products, 250))
    of_store, of_product = rng.normal(0, 0.4, stores), rng.normal(0, 0.7, products)
    # `FIRST_DAY` is a Monday.
    log_size = level + of_store[store] + of_product[product] + WEEKDAY[day % 7] + rng.normal(0, spread, orders)
    items = pd.DataFrame(
        {
            "store_id": store + 1,
            "product_id": product + 1,
            "quantity": to_cases(log_size, product + 1).astype(np.int64),
            "variant_case_price_cents": 500 + 100 * product,
            "checkout_date": (FIRST_DAY + day).astype("datetime64[s]"),
        }
    )
    return of_items(items.drop_duplicates(["store_id", "product_id", "checkout_date"]), stores, products)


def of_items(items: pd.DataFrame, stores: int, products: int) -> Market:
    """Order lines with their features, in time order."""
    raw = RawTables(
        order_items=items,
        product_tags=_tags(np.arange(1, products + 1)),
        stores=_stores(np.arange(1, stores + 1)),
    )
    history = compute_features(sum_order_lines(items), derive_entities(raw)).history
    history = history.sort_values(["checkout_date", "store_id", "product_id"], ignore_index=True)
    day = history["checkout_date"].to_numpy("datetime64[D]").astype(np.int64)
    return Market(history[list(INPUTS)], history["quantity"].to_numpy(np.float64), day)


def _tags(product_id: np.ndarray) -> pd.DataFrame:
    tags = [(p, f"{kind} {p % n}") for p in product_id.tolist() for kind, n in (("group", 3), ("kind", 6))]
    return pd.DataFrame(tags, columns=["product_id", "product_metadata"]).astype({"product_metadata": "str"})


def _stores(store_id: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "store_id": store_id,
            "store_type": pd.Series(np.take(["kiosk", "market"], store_id % 2), dtype="str"),
            "region_id": pd.Series(store_id % 3, dtype="Int64"),
            "store_size": pd.Series(np.take(["small", "large"], store_id % 2), dtype="str"),
        }
    )


@cache
def fitted(to_cases: ToCases = skewed_counts) -> QuantityModel:
    """A model of the first four fifths of a market, calibrated on orders that earlier models had not seen."""
    known = market(to_cases).part(0, 0.8)
    past, later = known.part(0, 0.7), known.part(0.7, 1)
    earlier = QuantityModel(**SMALL).fit(past.X, past.y, past.day)
    unseen = Outcomes(earlier.estimate(later.X), later.y)
    return QuantityModel(**SMALL).fit(known.X, known.y, known.day, unseen)
