"""Where orders are, and what coarse scopes ask of all of them: which groups there are, on which days, and totals."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from quantity.ahead import THREADS, in_order
from quantity.features.coarse.daily_totals import Cases, DailySums, DistinctLabels, LastPrice, value_of
from quantity.features.coarse.lookup import Places
from quantity.features.coarse.order_days import Grid, Marks
from quantity.features.definitions import PRODUCT_ATTRIBUTES
from quantity.features.rows import measures_before
from quantity.features.timeline import ALL_ROWS, CASES, ORDERS
from quantity.features.transforms import LAST_PRICE, distinct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from quantity.features.chunks import Chunk, ChunkedOrders, Told
    from quantity.features.coarse.daily_totals import OfOrders
    from quantity.features.coarse.lookup import CoarseLookup
    from quantity.features.coarse.order_days import OrderDays
    from quantity.features.entities import Entities
    from quantity.features.scopes import Labels, Scope
    from quantity.features.timeline import Rows
    from quantity.features.transforms import Transform

LABELS_OF = {distinct(attribute): attribute for attribute in PRODUCT_ATTRIBUTES}
"""The attributes whose different labels are counted, by what transforms call the count."""

NO_SUMS = {CASES, LAST_PRICE, *LABELS_OF}
"""What is told of an order day by looking at its orders, and is no sum."""


class Wanted(NamedTuple):
    """What is asked of the order days of some scopes.

    Attributes:
        sums: by scope, their names (see `value_of`); of a scope of which none is wanted nothing.
        others: scopes and what is no sum (`NO_SUMS`).
    """

    sums: Mapping[str, frozenset[str]]
    others: frozenset[tuple[str, str]]

    @property
    def scopes(self) -> set[str]:
        """Those that are asked."""
        return {*self.sums, *(scope for scope, _ in self.others)}


class Totals(NamedTuple):
    """What is `Wanted`.

    Attributes:
        sums: by scope.
        others: by scope and name, (d,) values, or (n,) cases, as the columns of a `Timeline`.
    """

    sums: Mapping[str, DailySums]
    others: Mapping[tuple[str, str], np.ndarray]


class OrderSource(Protocol):
    """All orders, wherever they are."""

    @property
    def entities(self) -> Entities:
        """The stores and products."""

    @property
    def days(self) -> tuple[int, int]:
        """The first day, and how many days there are to the last."""

    @property
    def first_day(self) -> int | None:
        """The first day of the orders whose rows are computed, days since 1970-01-01; None: those of all are."""

    def cells(self, scopes: Mapping[str, Scope]) -> Mapping[str, np.ndarray]:
        """By scope, (c,) whether there are orders of each pair of labels (`Scope.cells`)."""

    def order_days(self, scopes: Mapping[str, Scope]) -> Mapping[str, OrderDays]:
        """By scope, on which days its groups have orders."""

    def totals(self, number: int, coarse: CoarseLookup, wanted: Wanted, on_orders: Callable[[int], None]) -> Totals:
        """Look at all orders.

        Args:
            number: of the stage that is computed, from 0.
            coarse: the features of the stages before.
            wanted: what is asked.
            on_orders: called with numbers of orders that were looked at.
        """


class OrdersInMemory:
    """Orders of which chunks are looked at by threads.

    Args:
        orders: all orders.
        later: if what the others add up to is kept, all orders of the pairs that have some after the past: those are
            what this source tells of.
    """

    def __init__(self, orders: ChunkedOrders, later: ChunkedOrders | None = None) -> None:
        self._orders, self._told_of = orders, later or orders
        self._tells_all = later is None

    @property
    def entities(self) -> Entities:
        """The stores and products."""
        return self._orders.entities

    @property
    def days(self) -> tuple[int, int]:
        """The first day, and how many days there are to the last."""
        return self._orders.days

    @property
    def first_day(self) -> int | None:
        """The day on which the past ends, if there is one."""
        return self._orders.past.end if self._orders.past else None

    def cells(self, scopes: Mapping[str, Scope]) -> Mapping[str, np.ndarray]:
        """By scope, (c,) whether there are orders of each pair of labels."""
        found = {name: np.zeros(scope.n_cells, dtype=bool) for name, scope in scopes.items()}
        for told in self._told():
            for name, is_there in found.items():
                is_there[scopes[name].cells(told.store, told.product)] = True
        return found

    def order_days(self, scopes: Mapping[str, Scope]) -> Mapping[str, OrderDays]:
        """By scope, on which days its groups have orders."""
        marks = {name: Marks(Grid(len(scope.keys), *self.days)) for name, scope in scopes.items()}
        for told in self._told():
            for name, of_scope in marks.items():
                group = scopes[name].groups(told.store, told.product)
                of_scope.add(group[group >= 0], told.orders.day[group >= 0])
        return {name: of_scope.numbered() for name, of_scope in marks.items()}

    def totals(self, number: int, coarse: CoarseLookup, wanted: Wanted, on_orders: Callable[[int], None]) -> Totals:
        """Look at all orders, chunk by chunk."""
        sizes = {name: len(coarse.days[name]) for name in wanted.scopes}
        sums = {name: DailySums(sizes[name], reads) for name, reads in wanted.sums.items()}
        others = {(name, read): self._other(coarse, name, read) for name, read in wanted.others}

        def measured(chunk: Chunk) -> _Measured:
            told = self._rows(chunk)
            places = Places(coarse, chunk, told)
            values = measures_before(number, chunk, coarse, places.asked if self._tells_all else places)
            values = {name: of_all[told] for name, of_all in values.items()}
            rows = {name: np.flatnonzero(places[name] >= 0) for name in sizes}
            at = {name: places[name][of] for name, of in rows.items()}
            return _Measured(chunk.told(told), values, rows, at)

        on_orders(len(self._orders.orders) - len(self._told_of.orders))
        with ThreadPoolExecutor(THREADS) as adding:
            for of_chunk in in_order(measured, self._told_of.chunks()):
                # Each task adds to arrays of its own.
                tasks = [adding.submit(of_chunk.add_sums, name, sums[name], wanted.sums[name]) for name in sums]
                tasks += [adding.submit(of_chunk.add_other, name, other) for (name, _), other in others.items()]
                for task in tasks:
                    task.result()
                on_orders(of_chunk.told.looked_at)
        # Each is given up when its result is there.
        return Totals(sums, {key: others.pop(key).result for key in list(others)})

    def _rows(self, chunk: Chunk) -> Rows:
        """Which of a chunk's orders it tells of."""
        return ALL_ROWS if self._tells_all else chunk.asked

    def _told(self) -> Iterator[Told]:
        for chunk in self._told_of.chunks():
            yield chunk.told(self._rows(chunk))

    def _other(self, coarse: CoarseLookup, name: str, read: str) -> OfOrders:
        size = len(coarse.days[name])
        if read == CASES:
            return Cases(self._told_of.orders)
        if read == LAST_PRICE:
            return LastPrice(size)
        labels = labels_of(coarse, name, read)
        return DistinctLabels(size, labels.code, len(labels.vocabulary))


class _Measured(NamedTuple):
    """Orders of a chunk and what is known of them.

    Attributes:
        told: m orders.
        measures: (m,) values by name.
        rows: by scope, the positions of the orders that have a group.
        places: by scope, the numbers of their order days.
    """

    told: Told
    measures: Mapping[str, np.ndarray]
    rows: Mapping[str, np.ndarray]
    places: Mapping[str, np.ndarray]

    def add_sums(self, scope: str, sums: DailySums, reads: Iterable[str]) -> None:
        for read in reads:
            sums.add(read, self.places[scope], value_of(read, self.measures)[self.rows[scope]])

    def add_other(self, scope: str, other: OfOrders) -> None:
        rows = self.rows[scope]
        other.add(self.places[scope], self.told.orders.take(rows), self.told.product[rows])


def labels_of(coarse: CoarseLookup, scope: str, read: str) -> Labels:
    """The labels that are counted under a name (`LABELS_OF`)."""
    return coarse.scopes[scope].labelled[LABELS_OF[read]]


def reads_of(transforms: Iterable[Transform]) -> set[str]:
    """What transforms read of an order day."""
    return {ORDERS, *(read for transform in transforms for read in transform.reads)}
