"""Sorted rows of a bucket, as a worker gets them, in chunks of whole pairs of store and product."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from quantity.features.chunks import CHUNK_ORDERS, ChunkedOrders
from quantity.features.orders import Orders, with_last_known_prices

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from quantity.features.chunks import Chunk
    from quantity.features.entities import Entities
    from quantity.features.orders import ToldPrices

ORDERS_SCHEMA = pa.schema(
    [
        *((name, pa.int64()) for name in ("store_id", "product_id", "day", "quantity")),
        ("case_price_cents", pa.float64()),
    ]
)
"""`Orders` as Spark holds them; a price that the order's own lines do not tell is null."""


def whole_pairs(batches: Iterable[pa.RecordBatch], size: int = CHUNK_ORDERS) -> Iterator[pa.Table]:
    """Cut rows into tables of at least so many, if there are.

    Args:
        batches: sorted by ``store_id`` and ``product_id``.
        size: rows of a table; it has more if its last pair has.
    """
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += len(batch)
        if rows >= size:
            table = pa.Table.from_batches(held)
            end = _start_of_last_pair(table)
            if end:
                yield table.slice(0, end)
            held = table.slice(end).to_batches()
            rows -= end
    if rows:
        yield pa.Table.from_batches(held)


def _start_of_last_pair(table: pa.Table) -> int:
    store, product = table["store_id"].to_numpy(), table["product_id"].to_numpy()
    others = np.flatnonzero((store != store[-1]) | (product != product[-1]))
    return int(others[-1]) + 1 if len(others) else 0


def arrow_of(orders: Orders) -> pa.RecordBatch:
    """Orders as rows."""
    columns = [pa.array(getattr(orders, name), from_pandas=True) for name in ORDERS_SCHEMA.names]
    return pa.RecordBatch.from_arrays(columns, schema=ORDERS_SCHEMA)


def orders_of(rows: pa.Table) -> Orders:
    """Rows as orders."""
    return Orders(*(rows[name].to_numpy() for name in ORDERS_SCHEMA.names))


def chunks_of(batches: Iterable[pa.RecordBatch], entities: Entities, told: ToldPrices | None) -> Iterator[Chunk]:
    """A bucket's orders, chunk after chunk; their prices are known as far as they can be.

    Args:
        batches: its orders, sorted by store, product and day.
        entities: the stores and products.
        told: the prices that orders of all buckets tell; None: every order's own lines tell one.
    """
    for rows in whole_pairs(batches):
        orders = orders_of(rows)
        if told is not None:
            orders = with_last_known_prices(orders, told)
        yield from ChunkedOrders(orders, entities, len(orders)).chunks()
