"""Orders in chunks of whole pairs of store and product: what is computed at a time, so that memory stays bounded."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from quantity.features.coarse.daily_totals import value_of
from quantity.features.ids import positions
from quantity.features.timeline import ALL_ROWS, CASES, ORDERS, Timeline
from quantity.features.transforms import LAST_PRICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd

    from quantity.features.entities import Entities
    from quantity.features.orders import Orders
    from quantity.features.past import Past
    from quantity.features.timeline import Ints, Rows
    from quantity.features.transforms import Transform
    from quantity.whole_numbers import Whole

CHUNK_ORDERS = 100_000
"""Few enough for the caches of a processor, many enough that calls cost nothing."""

CHUNK_ORDERS_OF_PAST = 250_000
"""Where most orders are of the past, of which no rows are made, calls are what costs."""


@dataclass(frozen=True)
class Chunk:
    """Consecutive orders, all of each of their pairs.

    Attributes:
        orders: m orders, sorted by store, product and day.
        store: (m,) position of their stores among the entities.
        product: (m,) position of their products.
        asked: the a orders whose rows are computed: those that are not of the past.
        levels: (m,) levels of the orders of the past, by name (see `Past`); empty where there is none.
    """

    orders: Orders
    store: Ints
    product: Ints
    asked: Rows = field(default_factory=lambda: ALL_ROWS)
    levels: Mapping[str, np.ndarray] = field(default_factory=dict)

    def of_all(self, levels: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        """(m,) levels, those of the past and (a,) of the orders that are asked for."""
        if isinstance(self.asked, slice):
            return levels
        known = {name: values.copy() for name, values in self.levels.items()}
        for name in known.keys() & levels.keys():
            known[name][self.asked] = levels[name]
        return known

    @property
    def n_asked(self) -> int:
        """How many orders' rows are computed."""
        return len(self.orders) if isinstance(self.asked, slice) else len(self.asked)

    @cached_property
    def pair_start(self) -> Ints:
        """(p + 1,) position in the chunk of each pair's first order; the last entry is ``m``."""
        return _pair_start(self.orders)

    def told(self, rows: Rows) -> Told:
        """Some of the orders."""
        return Told(self.orders.take(rows), self.store[rows], self.product[rows], len(self.orders))

    def timeline(self, measures: Mapping[str, np.ndarray], transforms: Iterable[Transform]) -> Timeline:
        """The order days of the pairs, which have one order each.

        Args:
            measures: (m,) values by measure.
            transforms: what reads the timeline.
        """
        start = self.pair_start
        pair = np.repeat(np.arange(len(start) - 1), np.diff(start))
        columns: dict[str, np.ndarray] = {ORDERS: np.ones(len(pair), dtype=np.int64)}
        for name in {read for transform in transforms for read in transform.reads} - {CASES}:
            columns[name] = self.orders.case_price_cents if name == LAST_PRICE else value_of(name, measures)
        return Timeline(pair, self.orders.day, start, columns, self.orders.quantity)


class Told(NamedTuple):
    """Orders of a chunk that are told of.

    Attributes:
        orders: m orders.
        store: (m,) position of their stores among the entities.
        product: (m,) position of their products.
        looked_at: how many orders the chunk has.
    """

    orders: Orders
    store: Ints
    product: Ints
    looked_at: int


@dataclass(frozen=True)
class ChunkedOrders:
    """Orders that are worked on in chunks.

    Attributes:
        orders: sorted by store, product and day; at least one.
        entities: the stores and products; those of the orders among them.
        size: orders of a chunk, at least 1; a chunk has more if its last pair has.
        past: orders whose rows are not computed; None: those of all are.
    """

    orders: Orders
    entities: Entities
    size: int = CHUNK_ORDERS
    past: Past | None = None

    @cached_property
    def days(self) -> tuple[int, int]:
        """The first day, and how many days there are to the last."""
        first = int(self.orders.day.min())
        return first, int(self.orders.day.max()) - first + 1

    def chunks(self) -> Iterator[Chunk]:
        """All orders, chunk after chunk."""
        first, starts = 0, self._pair_start
        while first < len(self.orders):
            end = int(starts[np.searchsorted(starts[:-1], first + self.size)])
            rows = slice(first, end)
            part, levels = self.orders.take(rows).widened(), {}
            asked: Rows = ALL_ROWS
            if self.past is not None:
                asked = np.flatnonzero(part.day >= self.past.end)
                levels = {name: values[rows] for name, values in self.past.levels.items()}
            yield Chunk(part, self._store[rows], self._product[rows], asked, levels)
            first = end

    def of_later_pairs(self) -> ChunkedOrders:
        """All orders of the pairs that have some after the past."""
        if self.past is None:
            return self
        is_later = np.logical_or.reduceat(self.orders.day >= self.past.end, self._pair_start[:-1])
        rows = np.flatnonzero(self._of_orders(is_later))
        past = replace(self.past, levels={name: values[rows] for name, values in self.past.levels.items()})
        return replace(self, orders=self.orders.take(rows), past=past)

    @cached_property
    def n_asked(self) -> int:
        """How many orders' rows are computed."""
        return len(self.orders) if self.past is None else int((self.orders.day >= self.past.end).sum())

    @cached_property
    def _store(self) -> np.ndarray:
        return self._positions(self.entities.stores["store_id"], self.orders.store_id)

    @cached_property
    def _product(self) -> np.ndarray:
        return self._positions(self.entities.products["product_id"], self.orders.product_id)

    def _positions(self, ids: pd.Series, of_orders: Whole) -> np.ndarray:
        """(n,) int32 positions among ascending ids, looked up once a pair."""
        found, _ = positions(ids.to_numpy(), of_orders[self._pair_start[:-1]].astype(np.int64))
        return self._of_orders(found.astype(np.int32))

    def _of_orders(self, of_pairs: np.ndarray) -> np.ndarray:
        """(n,) what each order's pair has."""
        return np.repeat(of_pairs, np.diff(self._pair_start))

    @cached_property
    def _pair_start(self) -> Ints:
        """(p + 1,) position of each pair's first order; the last entry is ``n``."""
        return _pair_start(self.orders)

    @cached_property
    def n_pairs(self) -> int:
        """How many pairs of store and product have ordered."""
        return len(self._pair_start) - 1


def _pair_start(orders: Orders) -> Ints:
    """(p + 1,) position of each pair's first order; the last entry is how many orders there are."""
    is_first = np.ones(len(orders), dtype=bool)
    is_first[1:] = orders.store_id[1:] != orders.store_id[:-1]
    is_first[1:] |= orders.product_id[1:] != orders.product_id[:-1]
    return np.append(np.flatnonzero(is_first), len(orders))
