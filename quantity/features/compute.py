"""Computes the history (one row an order, for training) and the latest state (for serving) together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quantity.features.calendar import calendar, day_to_date
from quantity.features.definitions import (
    HISTORY_COLUMNS,
    PRODUCT_ATTRIBUTES,
    SCOPES,
    STORE_ATTRIBUTES,
    transforms_of,
)
from quantity.features.ids import positions
from quantity.features.scopes import ScopedOrders

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from quantity.features.entities import Entities
    from quantity.features.orders import Orders
    from quantity.features.scopes import Groups
    from quantity.features.timeline import Floats, Timeline


@dataclass(frozen=True)
class FeatureSet:
    """The features of a data set.

    Attributes:
        as_of: the date that the latest state is for: the day after the last order.
        history: one row per store, product and checkout date: the three keys, ``quantity``,
            the as-of features, the calendar and the attributes.
        latest: by scope, one row a group: its key, its as-of features on ``as_of``, and for ``store`` and
            ``product`` their attributes.
    """

    as_of: dt.date
    history: pd.DataFrame
    latest: dict[str, pd.DataFrame]


def compute_features(
    orders: Orders, entities: Entities, on_progress: Callable[[str], None] = lambda _: None
) -> FeatureSet:
    """Compute every declared feature of every order, and the latest state.

    Args:
        orders: the orders; there must be at least one.
        entities: the stores and products; those of the orders among them.
        on_progress: called with each scope's name when its features are done.
    """
    as_of_day = int(orders.day.max()) + 1
    scoped = ScopedOrders(orders, entities)
    history: dict[str, Floats] = {}
    latest: dict[str, pd.DataFrame] = {}
    for scope in SCOPES:
        groups = scoped.groups(scope)
        timeline = scoped.timeline(groups)
        history.update(_history_columns(scope, timeline, len(orders)))
        latest[scope] = _latest_table(scope, groups, timeline, as_of_day)
        on_progress(scope)
    latest["store"] = latest["store"].merge(entities.stores, on="store_id")
    latest["product"] = latest["product"].merge(entities.products, on="product_id")
    return FeatureSet(day_to_date(as_of_day), _history_frame(orders, entities, history), latest)


def _history_columns(scope: str, timeline: Timeline, n: int) -> dict[str, Floats]:
    as_of = timeline.as_of_each_order()
    columns: dict[str, Floats] = {}
    for transform in transforms_of(scope):
        for column, values in zip(transform.columns, transform.compute(as_of), strict=True):
            columns[column.name] = np.full(n, np.nan)
            columns[column.name][timeline.rows] = values
    return columns


def _latest_table(scope: str, groups: Groups, timeline: Timeline, as_of_day: int) -> pd.DataFrame:
    as_of = timeline.as_of_day(as_of_day)
    columns: dict[str, Floats] = {}
    for transform in transforms_of(scope):
        names = [column.name for column in transform.columns]
        columns.update(zip(names, transform.compute(as_of), strict=True))
    return groups.keys.assign(**columns)


def _history_frame(orders: Orders, entities: Entities, columns: dict[str, Floats]) -> pd.DataFrame:
    frame: dict[str, np.ndarray | pd.api.extensions.ExtensionArray] = {
        "store_id": orders.store_id,
        "product_id": orders.product_id,
        "checkout_date": orders.day.astype("datetime64[D]").astype("datetime64[s]"),
        "quantity": orders.quantity,
    }
    frame |= {column.name: columns[column.name] for column in HISTORY_COLUMNS}
    frame |= calendar(orders.day)
    store, _ = positions(entities.stores["store_id"].to_numpy(), orders.store_id)
    product, _ = positions(entities.products["product_id"].to_numpy(), orders.product_id)
    frame |= {name: entities.stores[name].array.take(store) for name in STORE_ATTRIBUTES}
    frame |= {name: entities.products[name].array.take(product) for name in PRODUCT_ATTRIBUTES}
    return pd.DataFrame(frame, copy=False)
