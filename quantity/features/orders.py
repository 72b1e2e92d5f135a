"""Orders as the features see them: one row per store, product and checkout date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from quantity.whole_numbers import narrowed, sorting

if TYPE_CHECKING:
    import pandas as pd

    from quantity.features.timeline import Floats, Ints
    from quantity.whole_numbers import Whole

SUMMED_AT_ONCE = 1_000_000
"""Orders whose lines are added up at a time."""


@dataclass(frozen=True)
class Orders:
    """Quantities by store, product and day, sorted by these three.

    Many orders are kept in narrow whole numbers; what is calculated with is `widened`.

    Attributes:
        store_id: (n,) store ids.
        product_id: (n,) product ids.
        day: (n,) checkout date, days since 1970-01-01.
        quantity: (n,) cases ordered that day, positive.
        case_price_cents: (n,) price of a case, in cents, averaged over the cases whose price is known; the last
            price known before where none is, of the pair or else of the product; NaN where there is none.
    """

    store_id: Whole
    product_id: Whole
    day: Whole
    quantity: Whole
    case_price_cents: Floats

    def __len__(self) -> int:
        return len(self.day)

    def take(self, rows: np.ndarray | slice) -> Orders:
        """The orders at these positions."""
        return Orders(
            self.store_id[rows], self.product_id[rows], self.day[rows], self.quantity[rows], self.case_price_cents[rows]
        )

    def widened(self) -> Orders:
        """With whole numbers of 64 bits, which do not overflow."""
        whole = self.store_id, self.product_id, self.day, self.quantity
        store, product, day, quantity = (values.astype(np.int64, copy=False) for values in whole)
        return Orders(store, product, day, quantity, self.case_price_cents)


def sum_order_lines(items: pd.DataFrame) -> Orders:
    """Sum the order lines of the same store, product and date.

    Args:
        items: ``store_id``, ``product_id``, ``checkout_date``, ``quantity`` and
            ``variant_case_price_cents`` (may be missing), one row a line.
    """
    return with_last_known_prices(orders_as_told(items)).widened()


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

    product_id: Whole
    day: Whole
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

    def before(self, product_id: Whole, day: Whole) -> Floats:
        """(m,) the last price that orders of a product tell on a day before; NaN where none does."""
        if not len(self.day):
            return np.full(len(day), np.nan)
        both = np.concatenate([self.day, day])
        first_day, span = int(both.min()), int(np.ptp(both)) + 1
        keys = self.product_id.astype(np.int64) * span + (self.day - first_day)
        place = np.searchsorted(keys, product_id.astype(np.int64) * span + (day - first_day)) - 1
        known = (place >= 0) & (self.product_id[place] == product_id)
        return np.where(known, self.cents[place], np.nan)


def orders_as_told(items: pd.DataFrame) -> Orders:
    """`sum_order_lines` in narrow numbers, without prices from elsewhere: NaN where no line of the order has one."""
    keys = (
        narrowed(items["store_id"].to_numpy()),
        narrowed(items["product_id"].to_numpy()),
        items["checkout_date"].to_numpy("datetime64[D]").view(np.int64).astype(np.int32),
    )
    order = sorting(*keys)
    is_first = np.zeros(len(order) + 1, dtype=bool)
    is_first[[0, -1]] = True
    for key in keys:
        in_order = key[order]
        is_first[1:-1] |= in_order[1:] != in_order[:-1]
        del in_order
    first = np.flatnonzero(is_first)
    quantity, price = items["quantity"].to_numpy(), items["variant_case_price_cents"].array
    cases, case_price = np.empty(len(first) - 1, dtype=np.int64), np.empty(len(first) - 1)
    for begin in range(0, len(cases), SUMMED_AT_ONCE):
        ends = first[begin : begin + SUMMED_AT_ONCE + 1]
        rows, of_block = order[ends[0] : ends[-1]], slice(begin, begin + SUMMED_AT_ONCE)
        known_price = price[rows].to_numpy(np.float64, na_value=np.nan)
        cases[of_block], case_price[of_block] = _summed(quantity[rows], known_price, ends[:-1] - ends[0])
    firsts = order[first[:-1]]
    # Memory for what comes.
    del order, first, is_first
    store, product, day = (key[firsts] for key in keys)
    return Orders(store, product, day, narrowed(cases), case_price)


def _summed(cases: Whole, price: np.ndarray, first: Ints) -> tuple[Ints, Floats]:
    """Cases of runs of order lines, and their prices, averaged over the cases whose price is known."""
    quantity = cases.astype(np.int64)
    priced = np.where(np.isnan(price), 0, quantity)
    priced_cases, spent = (np.add.reduceat(values, first) for values in (priced, priced * np.nan_to_num(price)))
    case_price = np.divide(spent, priced_cases, out=np.full(len(first), np.nan), where=priced_cases > 0)
    return np.add.reduceat(quantity, first), case_price


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
