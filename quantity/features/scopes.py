"""The groups of each scope, and which group every order belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quantity.features.definitions import PRODUCT_ATTRIBUTES, SCOPES, STORE_ATTRIBUTES
from quantity.features.ids import positions
from quantity.features.timeline import MISSING, Timeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quantity.features.entities import Entities
    from quantity.features.orders import Orders
    from quantity.features.timeline import Ints


@dataclass(frozen=True)
class Labels:
    """An attribute of the orders as codes.

    Attributes:
        vocabulary: (k,) the distinct values, ascending.
        code: (n,) index into ``vocabulary`` by order, or `MISSING`.
    """

    vocabulary: np.ndarray
    code: Ints


@dataclass(frozen=True)
class Groups:
    """The groups of a scope.

    Attributes:
        keys: one row a group, one column a key attribute of the scope.
        code: (n,) row of ``keys`` by order, or `MISSING`.
    """

    keys: pd.DataFrame
    code: Ints


class ScopedOrders:
    """Orders that can be grouped by any scope.

    Args:
        orders: the orders.
        entities: their stores and products.
        made: so many of them, the first, were made: timelines hold no others. None: all.
    """

    def __init__(self, orders: Orders, entities: Entities, made: int | None = None) -> None:
        self._orders = orders
        self._labels = _label_orders(orders, entities)
        first = slice(made)
        self._chronological = np.lexsort((orders.case_price_cents[first], orders.quantity[first], orders.day[first]))

    def groups(self, scope: str) -> Groups:
        """The groups of ``scope`` and the group of every order."""
        key = SCOPES[scope]
        if len(key) == 1:
            labels = self._labels[key[0]]
            return Groups(pd.DataFrame({key[0]: labels.vocabulary}), labels.code)
        return _pair_up(key, self._labels[key[0]], self._labels[key[1]])

    def timeline(self, groups: Groups, measures: Mapping[str, np.ndarray]) -> Timeline:
        """The orders of these groups in time order, with (n,) measures of them."""
        orders = self._orders
        columns = {
            **measures,
            "quantity": orders.quantity,
            "case_price_cents": orders.case_price_cents,
            "category": self._labels["category"].code,
            "sub_category": self._labels["sub_category"].code,
        }
        return Timeline.build(groups.code, len(groups.keys), orders.day, columns, chronological=self._chronological)


def _label_orders(orders: Orders, entities: Entities) -> dict[str, Labels]:
    stores, products = entities.stores, entities.products
    store_id, product_id = stores["store_id"].to_numpy(), products["product_id"].to_numpy()
    store, _ = positions(store_id, orders.store_id)
    product, _ = positions(product_id, orders.product_id)
    labels = {"store_id": Labels(store_id, store), "product_id": Labels(product_id, product)}
    for attribute in STORE_ATTRIBUTES:
        labels[attribute] = _label(stores[attribute], store)
    for attribute in PRODUCT_ATTRIBUTES:
        labels[attribute] = _label(products[attribute], product)
    return labels


def _label(attribute: pd.Series[str], row: Ints) -> Labels:
    code, values = pd.factorize(attribute, sort=True)
    return Labels(np.asarray(values, dtype=object), code.astype(np.int64)[row])


def _pair_up(key: tuple[str, ...], left: Labels, right: Labels) -> Groups:
    width = max(len(right.vocabulary), 1)
    known = (left.code != MISSING) & (right.code != MISSING)
    pairs, inverse = np.unique(left.code[known] * width + right.code[known], return_inverse=True)
    code = np.full(len(known), MISSING, dtype=np.int64)
    code[known] = inverse
    keys = {key[0]: left.vocabulary[pairs // width], key[1]: right.vocabulary[pairs % width]}
    return Groups(pd.DataFrame(keys), code)
