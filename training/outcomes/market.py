"""What the published snapshot knows of pairs, ordered or not: the length of their history, and their category."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quantity.db.read import read_table
from quantity.db.tables import LATEST, replaced_tables
from quantity.features.ids import positions
from quantity.model.history import HISTORY_LENGTHS, history_length

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy import Engine

    from quantity.features.timeline import Ints

DAY_BITS = 20
"""Enough for days since 1970-01-01 up to the year 4840."""


UNKNOWN_CATEGORY = ""


@dataclass(frozen=True)
class Market:
    """Pairs, products and the newest orders of a snapshot.

    Attributes:
        pairs: (p,) `pair_codes` that were ever ordered, ascending.
        orders: (p,) how often each was.
        newest: (k,) ascending: of each order since the first day that is asked about, the position of its pair in
            `pairs`, shifted by `DAY_BITS`, and its day.
        categories: by product id, text; missing where unknown.
    """

    pairs: np.ndarray
    orders: np.ndarray
    newest: np.ndarray
    categories: pd.Series[str]

    def history(self, store_id: np.ndarray, product_id: np.ndarray, day: np.ndarray) -> pd.Categorical[str]:
        """(n,) of `HISTORY_LENGTHS`, by the orders of each pair before a day (days since 1970-01-01)."""
        pair, known = positions(self.pairs, pair_codes(store_id, product_id))
        end = np.searchsorted(self.newest, (pair + 1) << DAY_BITS)
        since = end - np.searchsorted(self.newest, (pair << DAY_BITS) + day)
        before = self.orders[pair] - since if len(self.pairs) else np.zeros(len(pair))
        return history_labels(np.where(known, before, 0))

    def category(self, product_id: np.ndarray) -> pd.Categorical[str]:
        """(n,) the products' categories, empty where unknown."""
        return category_labels(self.categories.reindex(product_id))


def history_labels(orders: np.ndarray) -> pd.Categorical[str]:
    """(n,) of `HISTORY_LENGTHS`, by each pair's number of earlier orders."""
    codes: Ints = history_length(orders)
    return pd.Categorical.from_codes(codes, pd.Index(HISTORY_LENGTHS))


def category_labels(categories: pd.Series[str]) -> pd.Categorical[str]:
    """(n,) the categories, empty where unknown."""
    return pd.Categorical(categories.fillna(UNKNOWN_CATEGORY))


def pair_codes(store_id: np.ndarray, product_id: np.ndarray) -> np.ndarray:
    """(n,) one whole number for a store and a product."""
    codes: np.ndarray = (store_id.astype(np.int64) << 32) | product_id.astype(np.int64)
    return codes


def read_market(engine: Engine, first: dt.date) -> Market:
    """The published market, to be asked about the first day and later ones.

    Raises:
        DatabaseReadError: the tables cannot be read.
    """
    tables = replaced_tables()
    latest = read_table(engine, tables[f"{LATEST}store_product"], ("store_id", "product_id", "cnt_store_product"))
    products = read_table(engine, tables[f"{LATEST}product"], ("product_id", "category"))
    features = tables["features"]
    where = features.c.checkout_date >= first
    newest = read_table(engine, features, ("store_id", "product_id", "checkout_date"), where)
    return market_of(latest, products, newest)


def market_of(latest: pd.DataFrame, products: pd.DataFrame, newest: pd.DataFrame) -> Market:
    """The market of its tables: all pairs with their number of orders, all products, the newest orders."""
    codes = pair_codes(latest["store_id"].to_numpy(), latest["product_id"].to_numpy())
    ascending = np.argsort(codes)
    pairs, orders = codes[ascending], latest["cnt_store_product"].to_numpy(np.int64)[ascending]
    pair, known = positions(pairs, pair_codes(newest["store_id"].to_numpy(), newest["product_id"].to_numpy()))
    day = newest["checkout_date"].to_numpy("datetime64[D]").astype(np.int64)
    keys = np.sort(((pair << DAY_BITS) + day)[known])
    return Market(pairs, orders, keys, products.set_index("product_id")["category"])
