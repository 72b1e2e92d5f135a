"""Orders as the features see them: one row per store, product and checkout date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from quantity.features.timeline import Floats, Ints


@dataclass(frozen=True)
class Orders:
    """Quantities by store, product and day, sorted by these three.

    Attributes:
        store_id: (n,) store ids.
        product_id: (n,) product ids.
        day: (n,) checkout date, days since 1970-01-01.
        quantity: (n,) cases ordered that day, positive.
        case_price_cents: (n,) price of a case, in cents, averaged over the cases whose price is known; the last
            price known before where none is, of the pair or else of the product; NaN where there is none.
    """

    store_id: Ints
    product_id: Ints
    day: Ints
    quantity: Ints
    case_price_cents: Floats

    def __len__(self) -> int:
        return len(self.day)

    def take(self, rows: np.ndarray | slice) -> Orders:
        """The orders at these positions."""
        return Orders(
            self.store_id[rows], self.product_id[rows], self.day[rows], self.quantity[rows], self.case_price_cents[rows]
        )


def sum_order_lines(items: pd.DataFrame) -> Orders:
    """Sum the order lines of the same store, product and date.

    Args:
        items: ``store_id``, ``product_id``, ``checkout_date``, ``quantity`` and
            ``variant_case_price_cents`` (may be missing), one row a line.
    """
    return with_last_known_prices(orders_as_told(items))


def with_last_known_prices(orders: Orders, told: ToldPrices | None = None) -> Orders:
    """Orders whose price is NaN where their own lines tell none, with the last price known before.

    Args:
        orders: all orders of their pairs.
        told: the prices that all orders of their products tell; None: `orders` are all.
    """
    price = orders.case_price_cents
    if not np.isnan(price).any():
        return orders
    of_pair = _carried(price, _starts(orders.store_id, orders.product_id))
    of_product = (told or ToldPrices.of(orders)).before(orders.product_id, orders.day)
    return replace(orders, case_price_cents=np.where(np.isnan(of_pair), of_product, of_pair))


@dataclass(frozen=True)
class ToldPrices:
    """The price that each product's order lines tell last on a day: that of the store with the highest id.

    Attributes:
        product_id: (k,) product ids, ascending.
        day: (k,) days since 1970-01-01, ascending for each product: no day twice.
        cents: (k,) prices of a case.
    """

    product_id: Ints
    day: Ints
    cents: Floats

    @classmethod
    def of(cls, orders: Orders) -> ToldPrices:
        """Those of all orders."""
        told = np.flatnonzero(~np.isnan(orders.case_price_cents))
        told = told[np.lexsort((orders.day[told], orders.product_id[told]))]
        product, day = orders.product_id[told], orders.day[told]
        last = np.ones(len(told), dtype=bool)
        last[:-1] = _starts(product, day)[1:]
        return cls(product[last], day[last], orders.case_price_cents[told[last]])

    def before(self, product_id: Ints, day: Ints) -> Floats:
        """(m,) the last price that orders of a product tell on a day before; NaN where none does."""
        if not len(self.day):
            return np.full(len(day), np.nan)
        both = np.concatenate([self.day, day])
        first_day, span = int(both.min()), int(np.ptp(both)) + 1
        keys = self.product_id * span + (self.day - first_day)
        place = np.searchsorted(keys, product_id * span + (day - first_day)) - 1
        known = (place >= 0) & (self.product_id[place] == product_id)
        return np.where(known, self.cents[place], np.nan)


def orders_as_told(items: pd.DataFrame) -> Orders:
    """`sum_order_lines` without prices from elsewhere: NaN where no line of the order has one."""
    store, product = items["store_id"].to_numpy(np.int64), items["product_id"].to_numpy(np.int64)
    day = items["checkout_date"].to_numpy("datetime64[D]").astype(np.int64)
    quantity = items["quantity"].to_numpy(np.int64)
    price = items["variant_case_price_cents"].astype("float64").to_numpy()
    order = np.lexsort((day, product, store))
    store, product, day = store[order], product[order], day[order]
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (np.diff(store) != 0) | (np.diff(product) != 0) | (np.diff(day) != 0)
    first = np.flatnonzero(is_first)
    cases = _sum_runs(quantity[order], first)
    store, product, day = store[first], product[first], day[first]
    priced = np.where(np.isnan(price), 0, quantity)
    priced_cases, spent = _sum_runs(priced[order], first), _sum_runs((priced * np.nan_to_num(price))[order], first)
    case_price = np.divide(spent, priced_cases, out=np.full(len(cases), np.nan), where=priced_cases > 0)
    return Orders(store, product, day, cases, case_price)


def _starts(*keys: Ints) -> np.ndarray:
    """(n,) true where sorted keys change."""
    starts = np.ones(len(keys[0]), dtype=bool)
    starts[1:] = np.any([np.diff(key) != 0 for key in keys], axis=0)
    return starts


def _carried(values: Floats, starts: np.ndarray) -> Floats:
    """(n,) values, the missing ones filled with the last before in the same run."""
    places = np.arange(len(values))
    run = np.maximum.accumulate(np.where(starts, places, 0))
    last = np.maximum.accumulate(np.where(np.isnan(values), -1, places))
    return np.where(last >= run, values[last], np.nan)


def _sum_runs(values: np.ndarray, first: Ints) -> np.ndarray:
    return np.add.reduceat(values, first) if len(first) else values
