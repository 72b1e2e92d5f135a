"""Computes the history (one row an order, for training) and the latest state (for serving) together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from quantity.ahead import for_each, in_order
from quantity.features.calendar import calendar, date_to_day, day_to_date
from quantity.features.chunks import CHUNK_ORDERS, CHUNK_ORDERS_OF_PAST, ChunkedOrders
from quantity.features.coarse.coarse_scopes import CoarseScopes
from quantity.features.coarse.lookup import Places
from quantity.features.coarse.sources import OrdersInMemory
from quantity.features.definitions import (
    HISTORY_COLUMNS,
    PRODUCT_ATTRIBUTES,
    SCOPES,
    STAGES,
    STORE_ATTRIBUTES,
)
from quantity.features.ids import positions
from quantity.features.orders import with_last_known_prices
from quantity.features.past import LEVELS
from quantity.features.rows import answer_pairs, chunk_columns
from quantity.features.scopes import PAIR_SCOPE
from quantity.features.views import AskedView, LatestPairs, LatestView

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy as np

    from quantity.features.chunks import Chunk
    from quantity.features.coarse.kept_totals import KeptTotals, TotalsKeeper
    from quantity.features.coarse.lookup import CoarseLookup
    from quantity.features.coarse.sources import OrderSource
    from quantity.features.entities import Entities
    from quantity.features.orders import Orders
    from quantity.features.past import Past

HISTORY = "history"
"""What the pieces of the history are called; those of the latest state by their scope."""

LEVELS_OF_ROWS = "levels"
"""What the pieces are called that hold the `LEVELS` of the history's rows."""

PASSES = len(STAGES)
"""How often all orders are looked at before the first row is known."""


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

    @property
    def first_day(self) -> dt.date:
        """The day of the history's first order."""
        first: dt.date = self.history["checkout_date"].min().date()
        return first

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows the history has, and the latest state by scope."""
        return {HISTORY: len(self.history)} | {scope: len(frame) for scope, frame in self.latest.items()}

    def pieces(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """All of them."""
        yield from self.latest.items()
        yield HISTORY, self.history


@dataclass(frozen=True)
class StreamedFeatures:
    """The features of a data set that is larger than memory: rows are computed when they are asked for.

    Attributes:
        as_of, first_day: as of a `FeatureSet`; without orders of the past, the history begins after it.
        rows: how many rows the history has, and the latest state by scope.
    """

    as_of: dt.date
    first_day: dt.date
    rows: Mapping[str, int]
    _orders: ChunkedOrders
    _coarse: CoarseLookup
    _latest: Mapping[str, pd.DataFrame]

    def pieces(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The history, after its levels, and the latest state, in pieces with names, in the order of their keys."""
        for rows in in_order(self._of_chunk, self._orders.chunks()):
            yield LEVELS_OF_ROWS, rows.levels
            yield HISTORY, rows.history
            yield PAIR_SCOPE, rows.pairs
        yield from self._latest.items()

    def _of_chunk(self, chunk: Chunk) -> _ChunkRows:
        pairs, asked = LatestPairs(date_to_day(self.as_of), chunk), chunk.asked
        columns = chunk_columns(chunk, self._coarse, Places(self._coarse, chunk, asked), [pairs])
        levels = pd.DataFrame({name: columns.pop(name) for name in LEVELS}, copy=False)
        return _ChunkRows(_frame(chunk.orders.take(asked), self._orders.entities, columns), pairs.table(), levels)


class _ChunkRows(NamedTuple):
    history: pd.DataFrame
    pairs: pd.DataFrame
    levels: pd.DataFrame


def history_of_chunk(chunk: Chunk, coarse: CoarseLookup, entities: Entities) -> pd.DataFrame:
    """The history's rows of a chunk's orders.

    Args:
        chunk: the orders; their prices are known as far as they can be (`with_last_known_prices`).
        coarse: the features of the coarse scopes, of all stages.
        entities: the stores and products.
    """
    return _frame(chunk.orders, entities, chunk_columns(chunk, coarse, Places(coarse, chunk)))


def pairs_of_chunk(chunk: Chunk, coarse: CoarseLookup, as_of: int) -> pd.DataFrame:
    """The latest state of a chunk's pairs, as of a day since 1970-01-01; the rest as of `history_of_chunk`."""
    pairs = LatestPairs(as_of, chunk)
    answer_pairs(chunk, coarse, [pairs])
    return pairs.table()


def stream_features(
    orders: Orders,
    entities: Entities,
    on_orders: Callable[[int], None] = lambda _: None,
    *,
    as_of: dt.date | None = None,
    past: Past | None = None,
    keeper: TotalsKeeper | None = None,
    chunk_orders: int | None = None,
) -> StreamedFeatures:
    """Compute what all orders have in common, so that rows can be computed chunk by chunk.

    Args:
        orders: the orders, sorted by store, product and day; there must be at least one. A price may be NaN where the
            order's own lines tell none.
        entities: the stores and products; those of the orders among them.
        on_orders: called with numbers of orders, which add up to `PASSES` times all.
        as_of: the date that the latest state is for, after the last order; by default the day after it.
        past: the history has no rows of these orders.
        keeper: gets what the other orders add up to, for runs of which they are past.
        chunk_orders: how many orders to work on at a time, by default as many as are quick; the results are the same.

    Raises:
        ValueError: there are orders on or after ``as_of``.
    """
    orders = with_last_known_prices(orders)
    next_day = int(orders.day.max()) + 1
    as_of_day = next_day if as_of is None else date_to_day(as_of)
    if as_of_day < next_day:
        raise ValueError(f"orders on or after the as-of date {as_of}")
    chunk_orders = chunk_orders or (CHUNK_ORDERS_OF_PAST if past else CHUNK_ORDERS)
    chunked = ChunkedOrders(orders, entities, chunk_orders, past)
    totals = past.totals if past else None
    source = OrdersInMemory(chunked, chunked.of_later_pairs() if totals else None)
    coarse, tables = compute_coarse(source, as_of_day, on_orders, totals, keeper)
    rows = {HISTORY: chunked.n_asked, PAIR_SCOPE: chunked.n_pairs}
    rows |= {scope: len(frame) for scope, frame in tables.items()}
    first_day = day_to_date(past.end if past else int(orders.day.min()))
    return StreamedFeatures(day_to_date(as_of_day), first_day, rows, chunked, coarse, tables)


def compute_coarse(
    orders: OrderSource,
    as_of: int,
    on_orders: Callable[[int], None],
    kept: KeptTotals | None = None,
    keeper: TotalsKeeper | None = None,
) -> tuple[CoarseLookup, dict[str, pd.DataFrame]]:
    """Compute the features of the coarse scopes, and their latest state by scope, as of a `FeatureSet`.

    Args:
        orders: as of `CoarseScopes`.
        as_of: the day that the latest state is for, days since 1970-01-01.
        on_orders: as of `stream_features`.
        kept: as of `CoarseScopes`.
        keeper: as of `CoarseScopes`.
    """
    coarse = CoarseScopes(orders, kept=kept, keeper=keeper)
    latest, entities = LatestView(as_of), orders.entities
    coarse.compute([latest], on_orders)
    tables = latest.tables()
    tables["store"] = tables["store"].merge(entities.stores, on="store_id")
    tables["product"] = tables["product"].merge(entities.products, on="product_id")
    return coarse.lookup, tables


def compute_features(
    orders: Orders,
    entities: Entities,
    on_orders: Callable[[int], None] = lambda _: None,
    *,
    as_of: dt.date | None = None,
    past: Past | None = None,
    chunk_orders: int | None = None,
) -> FeatureSet:
    """All of `stream_features`, in memory."""
    features = stream_features(orders, entities, on_orders, as_of=as_of, past=past, chunk_orders=chunk_orders)
    pieces: defaultdict[str, list[pd.DataFrame]] = defaultdict(list)
    for name, frame in features.pieces():
        pieces[name].append(frame)
    frames = {name: pd.concat(found, ignore_index=True) for name, found in pieces.items()}
    return FeatureSet(features.as_of, frames.pop(HISTORY), {scope: frames[scope] for scope in SCOPES})


def compute_frozen(orders: Orders, entities: Entities, rows: np.ndarray, horizons: Sequence[int]) -> list[pd.DataFrame]:
    """The features of some orders as a snapshot ``horizon`` days older would have them, a frame a horizon.

    The calendar is that of the order; days since an event count on to it, by `MOST_AGEING_DAYS` at most.

    Args:
        orders: all orders, sorted by store, product and day.
        entities: the stores and products.
        rows: (m,) positions of the orders asked about.
        horizons: days; 0 gives the rows of the history.
    """
    asked = orders.take(rows).widened()
    views = [AskedView(entities, asked, asked.day - horizon) for horizon in horizons]
    _answer(ChunkedOrders(orders, entities), views)
    return [_frame(asked, entities, view.columns) for view in views]


def compute_asked(orders: Orders, entities: Entities, asked: Orders, as_of: np.ndarray) -> pd.DataFrame:
    """The features that snapshots have of orders that need not have been made, such as of a pair that never ordered.

    Args:
        orders: all orders that were made, sorted by store, product and day.
        entities: the stores and products.
        asked: m orders asked about, of known stores and products, in any order. Their quantities and prices are not
            read.
        as_of: (m,) as-of dates of the snapshots, days since 1970-01-01, none after the order's date.
    """
    view = AskedView(entities, asked, as_of)
    _answer(ChunkedOrders(orders, entities), [view])
    return _frame(asked, entities, view.columns)


def _answer(orders: ChunkedOrders, views: Sequence[AskedView]) -> None:
    scopes = CoarseScopes(OrdersInMemory(orders))
    scopes.compute(views, lambda _: None)

    for_each(lambda chunk: answer_pairs(chunk, scopes.lookup, views), orders.chunks())


def _frame(orders: Orders, entities: Entities, columns: Mapping[str, np.ndarray]) -> pd.DataFrame:
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
