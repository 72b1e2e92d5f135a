"""The features of orders as an older snapshot has them: what the service knows when it was not fed for days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantity.db.raw_tables import NoRawTablesError, read_raw_tables
from quantity.features.compute import compute_frozen
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from sqlalchemy import Engine

HORIZONS = (7, 28)
"""Days between the snapshot and the order; 0 is what training itself knows."""


def read_frozen(engine: Engine, tested: Mapping[str, np.ndarray], horizons: Sequence[int]) -> dict[int, pd.DataFrame]:
    """The features of tested orders some days before, from the raw tables.

    Args:
        engine: the database.
        tested: (m,) ``store_id``, ``product_id`` and ``day`` (since 1970-01-01) of the orders, sorted by day, store
            and product.
        horizons: how many days before.

    Returns:
        By horizon, (m,) rows in the same order; nothing where the raw tables are gone or hold other orders.

    Raises:
        DatabaseReadError: the database failed.
    """
    try:
        raw = read_raw_tables(engine)
    except NoRawTablesError:
        return {}
    orders = sum_order_lines(raw.order_items)
    late = np.flatnonzero((orders.day >= tested["day"][0]) & (orders.day <= tested["day"][-1]))
    keys = (orders.product_id[late], orders.store_id[late], orders.day[late])
    rows = late[np.lexsort(keys)]
    found = {"store_id": orders.store_id[rows], "product_id": orders.product_id[rows], "day": orders.day[rows]}
    if not all(np.array_equal(found[name], values) for name, values in tested.items()):
        return {}
    frames = compute_frozen(orders, derive_entities(raw), rows, horizons)
    return dict(zip(horizons, frames, strict=True))
