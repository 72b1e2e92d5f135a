"""Orders as the features see them: one row per store, product and checkout date."""

from __future__ import annotations

from dataclasses import dataclass
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
        case_price_cents: (n,) price of a case, in cents, averaged over the cases.
    """

    store_id: Ints
    product_id: Ints
    day: Ints
    quantity: Ints
    case_price_cents: Floats

    def __len__(self) -> int:
        return len(self.day)

    def take(self, rows: np.ndarray) -> Orders:
        """The orders at these positions."""
        columns = (self.store_id, self.product_id, self.day, self.quantity, self.case_price_cents)
        return Orders(*(column[rows] for column in columns))


def sum_order_lines(items: pd.DataFrame) -> Orders:
    """Sum the order lines of the same store, product and date.

    Args:
        items: ``store_id``, ``product_id``, ``checkout_date``, ``quantity`` and
            ``variant_case_price_cents``, one row a line.
    """
    store, product = items["store_id"].to_numpy(np.int64), items["product_id"].to_numpy(np.int64)
    day = items["checkout_date"].to_numpy("datetime64[D]").astype(np.int64)
    quantity = items["quantity"].to_numpy(np.int64)
    spent = quantity * items["variant_case_price_cents"].to_numpy(np.float64)
    order = np.lexsort((day, product, store))
    store, product, day = store[order], product[order], day[order]
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (np.diff(store) != 0) | (np.diff(product) != 0) | (np.diff(day) != 0)
    first = np.flatnonzero(is_first)
    cases = _sum_runs(quantity[order], first)
    return Orders(store[first], product[first], day[first], cases, _sum_runs(spent[order], first) / cases)


def _sum_runs(values: np.ndarray, first: Ints) -> np.ndarray:
    return np.add.reduceat(values, first) if len(first) else values
