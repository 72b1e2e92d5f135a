"""The orders of a snapshot that is built on the published one: of its past as they were packed, later ones read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quantity.db.raw_tables import read_metadata
from quantity.db.read import read_table
from quantity.db.tables import LATEST, replaced_tables
from quantity.features.calendar import date_to_day, day_to_date
from quantity.features.definitions import ATTRIBUTES_OF
from quantity.features.entities import entities_of
from quantity.features.orders import Orders, orders_as_told
from quantity.features.past import LEVELS, Past
from quantity.features.timeline import ALL_ROWS
from training.history.packed_orders import MeasuredOrders, OrdersLostError, merged, read_packed_orders
from training.history.stored_totals import stored_totals
from training.incremental.plan import FullRunError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from quantity.db.history import Part
    from quantity.features.entities import Entities
    from quantity.features.timeline import Rows
    from training.incremental.plan import Plan

READ = ("store_id", "product_id", "checkout_date", "quantity", "variant_case_price_cents")
"""The columns of order lines that features read."""


@dataclass(frozen=True)
class Update:
    """What a snapshot is computed from.

    Attributes:
        orders: all of them; prices as their lines tell them.
        entities: stores and products.
        past: the orders whose rows stay.
        kept: the parts of the history that show them.
    """

    orders: Orders
    entities: Entities
    past: Past
    kept: Sequence[Part]


def published_orders(engine: Engine, parts: Sequence[Part]) -> MeasuredOrders:
    """The orders that the published snapshot was computed from.

    Raises:
        FullRunError: it does not keep them.
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    try:
        return read_packed_orders(engine, parts)
    except OrdersLostError as error:
        raise FullRunError(str(error)) from error


def read_update(engine: Engine, plan: Plan, packed: MeasuredOrders) -> Update:
    """Read what the next snapshot is computed from beside the published orders.

    Raises:
        FullRunError: too much has changed.
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    changed = plan.changed[0] if plan.changed else plan.lines.as_of
    later = _orders_from(engine, changed, plan.lines.as_of)
    stays = packed.orders.take(_before(packed.orders, changed))
    entities = _entities(engine, stays, later)
    relabelled = _first_order_of_relabelled(engine, stays, entities)
    first_day = plan.first_day(min(changed, relabelled or changed)) if plan.changed or relabelled else changed
    if first_day < changed:
        later = _orders_from(engine, first_day, plan.lines.as_of)
    kept = [replace(part, feature_rows=_orders_of(part, packed.orders.day)) for part in plan.kept_before(first_day)]
    past = _before(packed.orders, first_day)
    before = MeasuredOrders(packed.orders.take(past), {name: packed.levels[name][past] for name in LEVELS})
    unknown = dict.fromkeys(LEVELS, np.full(len(later), np.nan, dtype=np.float32))
    measured = merged(before, MeasuredOrders(later, unknown))
    past_orders = Past(date_to_day(first_day), measured.levels, stored_totals(engine, kept))
    return Update(measured.orders, entities, past_orders, kept)


def _before(orders: Orders, day: dt.date) -> Rows:
    """Where the orders of before a day are."""
    is_before = orders.day < date_to_day(day)
    return ALL_ROWS if is_before.all() else np.flatnonzero(is_before)


def _orders_of(part: Part, day: np.ndarray) -> int:
    return int(((day >= date_to_day(part.first_day)) & (day < date_to_day(part.end_day))).sum())


def _orders_from(engine: Engine, first: dt.date, as_of: dt.date) -> Orders:
    table = replaced_tables()["fact_order_items"]
    day = table.c.checkout_date
    return orders_as_told(read_table(engine, table, READ, (day >= first) & (day < as_of)))


def _entities(engine: Engine, *orders: Orders) -> Entities:
    tags, stores = read_metadata(engine)
    store_ids, product_ids = (
        np.concatenate([pd.unique(getattr(of, name)) for of in orders]) for name in ("store_id", "product_id")
    )
    return entities_of(stores, tags, store_ids, product_ids)


def _first_order_of_relabelled(engine: Engine, orders: Orders, entities: Entities) -> dt.date | None:
    """The first day on which a store or a product ordered whose attributes are not those of the published snapshot."""
    firsts = []
    for kind, now in (("store", entities.stores), ("product", entities.products)):
        key, attributes = f"{kind}_id", list(ATTRIBUTES_OF[kind])
        before = read_table(engine, replaced_tables()[f"{LATEST}{kind}"], (key, *attributes))
        both = now.merge(before, on=[key, *attributes], how="left", indicator=True)
        other = both.loc[both["_merge"] != "both", key]
        day = orders.day[np.isin(getattr(orders, key), other.to_numpy())]
        if len(day):
            firsts.append(int(day.min()))
    return day_to_date(min(firsts)) if firsts else None
