"""The features of orders as an older snapshot has them: what the service knows when it was not fed for days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sqlalchemy import inspect

from quantity.db.raw_tables import read_metadata
from quantity.db.read import read_chunks
from quantity.db.tables import RAW, replaced_tables
from quantity.features.compute import compute_frozen
from quantity.features.definitions import INPUTS
from quantity.features.entities import derive_entities
from quantity.features.ids import positions
from quantity.features.orders import sum_order_lines
from quantity.raw import RawTables
from training.fit.columns import compact

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Engine

    from quantity.features.entities import Entities
    from quantity.features.orders import Orders
    from training.fit.dataset import Dataset

HORIZONS = (7, 28)
"""Days between the snapshot and the order; 0 is what training itself knows."""

_TYPES = {
    "store_id": "int32",
    "product_id": "int32",
    "checkout_date": "datetime64[s]",
    "quantity": "int32",
    "variant_case_price_cents": "float64",
}
"""The columns of order lines that features are made of."""


def read_frozen(
    engine: Engine,
    data: Dataset,
    horizons: Sequence[int],
    on_progress: Callable[[str, int, int], None] = lambda _what, _done, _of: None,
) -> dict[int, pd.DataFrame]:
    """The features of the tested orders some days before, from the raw tables.

    Args:
        engine: the database.
        data: the orders, of which at least one is tested.
        horizons: how many days before.
        on_progress: called with what is done, and how much of how much is.

    Returns:
        By horizon, (m, `INPUTS`) in the same order; nothing where the raw tables are gone or hold other orders.

    Raises:
        DatabaseReadError: the database failed.
    """
    if not all(inspect(engine).has_table(name) for name in RAW):
        return {}
    lines = _lines(engine, lambda done: on_progress("read the order lines", done, data.snapshot.order_rows))
    if lines.empty:
        return {}
    entities = derive_entities(RawTables(lines, *read_metadata(engine)))
    orders = sum_order_lines(lines)
    del lines
    rows = _tested_rows(orders, entities, data)
    if rows is None:
        return {}
    on_progress("compute older features", 0, 1)
    frames = compute_frozen(orders, entities, rows, horizons)
    on_progress("compute older features", 1, 1)
    return dict(zip(horizons, map(_compacted, frames), strict=True))


def _lines(engine: Engine, on_rows: Callable[[int], None]) -> pd.DataFrame:
    """The order lines, in any order: ids and cases in 32 bits."""
    parts: dict[str, list[np.ndarray]] = {name: [] for name in _TYPES}
    read = 0
    for chunk in read_chunks(engine, replaced_tables()["fact_order_items"], list(_TYPES)):
        for name, kind in _TYPES.items():
            values = chunk[name].astype("float64") if kind == "float64" else chunk[name]
            parts[name].append(values.to_numpy(kind))
        read += len(chunk)
        on_rows(read)
    return pd.DataFrame(
        {name: np.concatenate(parts.pop(name) or [np.empty(0, kind)]) for name, kind in _TYPES.items()}, copy=False
    )


def _tested_rows(orders: Orders, entities: Entities, data: Dataset) -> np.ndarray | None:
    """(m,) positions of the tested orders; None where the features were made of other orders than these."""
    first, end = np.datetime64(data.split.tests[0].start), np.datetime64(data.end)
    late = np.flatnonzero((orders.day >= first.astype(np.int64)) & (orders.day < end.astype(np.int64)))
    if len(late) != data.sampling.orders[data.sampling.days >= first].sum():
        return None
    ids = entities.stores["store_id"].to_numpy(), entities.products["product_id"].to_numpy()
    days = int((end - first).astype(np.int64))

    def keys(store_id: np.ndarray, product_id: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        (store, has_store), (product, has_product) = positions(ids[0], store_id), positions(ids[1], product_id)
        key: np.ndarray = (store * len(ids[1]) + product) * days + day - first.astype(np.int64)
        return key, has_store & has_product

    there, _ = keys(orders.store_id[late], orders.product_id[late], orders.day[late])
    tested = data.tested
    asked, known = keys(data.store_id[tested], data.X["product_id"].to_numpy()[tested], data.day[tested])
    at, found = positions(there, asked)
    return late[at] if (known & found).all() else None


def _compacted(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({name: compact(name, frame[name]) for name in INPUTS}, copy=False)
