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


def with_last_known_prices(orders: Orders) -> Orders:
    """Orders whose price is NaN where their own lines tell none, with the last price known before."""
    price = _last_known(orders.case_price_cents, orders.store_id, orders.product_id, orders.day)
    return replace(orders, case_price_cents=price)


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


def _last_known(price: Floats, store: Ints, product: Ints, day: Ints) -> Floats:
    """Prices, the missing ones from the pair's last order before, or else from the product's on an earlier day."""
    if not np.isnan(price).any():
        return price
    of_pair = _carried(price, _starts(store, product))
    by_day = np.lexsort((day, product))
    carried = _carried(price[by_day], _starts(product[by_day]))
    # Orders of one day know nothing of each other: each takes what the day's first one finds before it.
    same_day = _starts(product[by_day], day[by_day])
    first_of_day = np.maximum.accumulate(np.where(same_day, np.arange(len(day)), 0))
    before = np.where(_starts(product[by_day])[first_of_day], np.nan, carried[first_of_day - 1])
    of_product = np.empty_like(price)
    of_product[by_day] = before
    return np.where(np.isnan(of_pair), of_product, of_pair)


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
