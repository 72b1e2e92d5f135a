"""Computes the history (one row an order, for training) and the latest state (for serving) together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quantity.features.calendar import calendar, date_to_day, day_to_date
from quantity.features.definitions import (
    HISTORY_COLUMNS,
    PRODUCT_ATTRIBUTES,
    SCOPES,
    STAGES,
    STORE_ATTRIBUTES,
)
from quantity.features.ids import positions
from quantity.features.relative import evaluate
from quantity.features.scopes import ScopedOrders
from quantity.features.stages import first_measures, next_measures
from quantity.features.views import LatestView, OrdersView

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from quantity.features.entities import Entities
    from quantity.features.orders import Orders
    from quantity.features.timeline import Floats


@dataclass(frozen=True)
class FeatureSet:
    """The features of a data set.

    Attributes:
        as_of: the date that the latest state is for: the first day that it does not know.
        history: one row per store, product and checkout date: the three keys, ``quantity``,
            the as-of features, the calendar and the attributes.
        latest: by scope, one row a group: its key, its as-of features on ``as_of``, and for ``store`` and
            ``product`` their attributes.
    """

    as_of: dt.date
    history: pd.DataFrame
    latest: dict[str, pd.DataFrame]


def compute_features(
    orders: Orders,
    entities: Entities,
    on_progress: Callable[[str], None] = lambda _: None,
    *,
    as_of: dt.date | None = None,
) -> FeatureSet:
    """Compute every declared feature of every order, and the latest state.

    Args:
        orders: the orders; there must be at least one.
        entities: the stores and products; those of the orders among them.
        on_progress: called with a scope's name when its features of a stage are done: `STEPS` times.
        as_of: the date that the latest state is for, after the last order; by default the day after it.

    Raises:
        ValueError: there are orders on or after ``as_of``.
    """
    next_day = int(orders.day.max()) + 1
    as_of_day = next_day if as_of is None else date_to_day(as_of)
    if as_of_day < next_day:
        raise ValueError(f"orders on or after the as-of date {as_of}")
    history, latest = OrdersView(orders.day), LatestView(as_of_day)
    _fill(orders, entities, history, [latest], on_progress)
    tables = latest.tables()
    tables["store"] = tables["store"].merge(entities.stores, on="store_id")
    tables["product"] = tables["product"].merge(entities.products, on="product_id")
    return FeatureSet(day_to_date(as_of_day), _frame(orders, entities, history.columns), tables)


def compute_frozen(orders: Orders, entities: Entities, rows: np.ndarray, horizons: Sequence[int]) -> list[pd.DataFrame]:
    """The features of some orders as a snapshot ``horizon`` days older would have them, a frame a horizon.

    The calendar is that of the order; days since an event count on to it, by `MOST_AGEING_DAYS` at most.

    Args:
        orders: all orders.
        entities: the stores and products.
        rows: (m,) positions of the orders asked about.
        horizons: days; 0 gives the rows of the history.
    """
    history = OrdersView(orders.day, only_levels=True)
    frozen = [OrdersView(orders.day, rows, horizon) for horizon in horizons]
    _fill(orders, entities, history, frozen, lambda _: None)
    return [_frame(orders.take(rows), entities, view.columns) for view in frozen]


def compute_asked(orders: Orders, entities: Entities, asked: Orders, as_of: np.ndarray) -> pd.DataFrame:
    """The features that snapshots have of orders that need not have been made, such as of a pair that never ordered.

    Args:
        orders: all orders that were made.
        entities: the stores and products.
        asked: m orders asked about, of known stores and products, in any order. Their quantities and prices are not
            read.
        as_of: (m,) as-of dates of the snapshots, days since 1970-01-01, none after the order's date.
    """
    together = orders.followed_by(asked)
    history = OrdersView(together.day, only_levels=True)
    view = OrdersView(together.day, np.arange(len(orders), len(together)), asked.day - as_of)
    _fill(together, entities, history, [view], lambda _: None, made=len(orders))
    return _frame(asked, entities, view.columns)


STEPS = sum(bool(stage.of_scope(scope)) for stage in STAGES for scope in SCOPES)
"""How many steps `compute_features` reports."""


def _fill(
    orders: Orders,
    entities: Entities,
    history: OrdersView,
    others: Sequence[OrdersView | LatestView],
    on_progress: Callable[[str], None],
    *,
    made: int | None = None,
) -> None:
    """Compute the views: that of every order, which the measures of the next stages come from, and others."""
    scoped = ScopedOrders(orders, entities, made)
    measures = first_measures(orders)
    levels: dict[str, np.ndarray] = {}
    for stage in STAGES:
        for scope in SCOPES:
            if transforms := stage.of_scope(scope):
                groups = scoped.groups(scope)
                timeline = scoped.timeline(groups, measures)
                for view in (history, *others):
                    view.add(groups, timeline, transforms)
                on_progress(scope)
        if stage.measures:
            levels |= evaluate(stage.formulas, history.columns | levels)
            measures |= next_measures(stage, measures["log_qty"], levels)


def _frame(orders: Orders, entities: Entities, columns: Mapping[str, Floats]) -> pd.DataFrame:
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
