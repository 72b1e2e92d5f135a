"""The coarse scopes of all orders: totals by group and order day, and the features that come of them.

There is a pass over the orders for each stage, chunk by chunk. Sums are exact (`ExactSums`): neither the size of the
chunks nor the order in which they are taken shows in the results.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantity.ahead import in_order
from quantity.features.daily_totals import Cases, DailySums, DistinctLabels, LastPrice, value_of
from quantity.features.definitions import PRODUCT_ATTRIBUTES, STAGES
from quantity.features.order_days import Grid, Marks
from quantity.features.rows import measures_before
from quantity.features.scopes import COARSE_SCOPES, Labelled, Scope
from quantity.features.timeline import ALL_ROWS, CASES, ORDERS, Timeline
from quantity.features.transforms import LAST_PRICE, distinct
from quantity.features.views import of_each_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from quantity.features.chunks import Chunk, ChunkedOrders
    from quantity.features.daily_totals import OfOrders
    from quantity.features.order_days import OrderDays
    from quantity.features.stages import Stage
    from quantity.features.timeline import Ints, Rows
    from quantity.features.transforms import Transform
    from quantity.features.views import View

_ATTRIBUTES = {distinct(attribute): attribute for attribute in PRODUCT_ATTRIBUTES}
_NO_SUMS = {CASES, LAST_PRICE, *_ATTRIBUTES}


class Places(dict[str, "Ints"]):
    """By coarse scope, (m,) the numbers of the order days of a chunk's orders; -1 where an order has no group.

    Args:
        coarse: the scopes.
        chunk: the orders.
        rows: positions of m of them.
    """

    def __init__(self, coarse: CoarseScopes, chunk: Chunk, rows: Rows = ALL_ROWS) -> None:
        super().__init__()
        self._coarse, self._chunk, self._rows = coarse, chunk, rows

    def __missing__(self, scope: str) -> Ints:
        self[scope] = self._coarse.numbers(scope, self._chunk, self._rows)
        return self[scope]

    @property
    def asked(self) -> Places:
        """The places of the orders that are asked for, from those of all."""
        return self if isinstance(self._chunk.asked, slice) else Places(self._coarse, self._chunk, self._chunk.asked)


class CoarseScopes:
    """The groups of the coarse scopes, and their features as of each of their order days.

    Args:
        orders: all orders.
        stages: what is computed.
    """

    def __init__(self, orders: ChunkedOrders, stages: Sequence[Stage] = STAGES) -> None:
        self._orders = orders
        self.stages = stages
        self._labelled = Labelled(orders.entities)
        self._scopes = {name: Scope.of(name, self._labelled, orders.chunks()) for name in COARSE_SCOPES}
        self._finer = _finer_scopes(self._scopes)
        self._days = self._number_days()
        self._sums = {name: DailySums(len(days)) for name, days in self._days.items()}
        self._first_day = orders.past.end if orders.past else None
        self._asked = {name: _from_day(days, self._first_day) for name, days in self._days.items()}
        self._features: dict[str, np.ndarray] = {}

    def compute(self, views: Sequence[View], on_orders: Callable[[int], None]) -> None:
        """Compute the features of every stage, and let views compute theirs.

        Args:
            views: who else asks.
            on_orders: called with the number of orders after each chunk, for each stage.
        """
        for number, stage in enumerate(self.stages):
            others = self._pass_over_orders(number, on_orders)
            self._add_up_finer(stage)
            for name in COARSE_SCOPES:
                if transforms := stage.of_scope(name):
                    timeline = self._timeline(name, transforms, others)
                    self._features |= of_each_day(timeline, transforms, self._first_day)
                    for view in views:
                        view.add(self._scopes[name], timeline, transforms)
            later = _reads(transform for stage in self.stages[number + 1 :] for transform in stage.transforms)
            for sums in self._sums.values():
                sums.keep(later)

    def columns(self, transforms: Iterable[Transform], places: Places) -> dict[str, np.ndarray]:
        """(a,) values of the columns of some transforms, as of each order's own day.

        Args:
            transforms: of coarse scopes.
            places: of the orders that are asked for.
        """
        columns: dict[str, np.ndarray] = {}
        for transform in transforms:
            at = self._place_of_answer(transform.scope, places[transform.scope])
            columns |= {column.name: self._features[column.name][at] for column in transform.columns}
        return columns

    def _place_of_answer(self, scope: str, number: Ints) -> Ints:
        asked = self._asked[scope]
        return number if isinstance(asked, slice) else np.where(number >= 0, np.searchsorted(asked, number), -1)

    def numbers(self, scope: str, chunk: Chunk, rows: Rows) -> Ints:
        """(m,) the numbers of the order days of some of a chunk's orders; -1 where an order has no group."""
        group = self._scopes[scope].groups(chunk.store[rows], chunk.product[rows])
        numbers = self._days[scope].numbers(np.maximum(group, 0), chunk.orders.day[rows])
        return np.where(group >= 0, numbers, -1)

    def _number_days(self) -> dict[str, OrderDays]:
        marks = {name: Marks(Grid(len(scope.keys), *self._orders.days)) for name, scope in self._scopes.items()}
        for chunk in self._orders.chunks():
            for name in marks.keys() - self._finer.keys():
                group = self._scopes[name].groups(chunk.store, chunk.product)
                marks[name].add(group[group >= 0], chunk.orders.day[group >= 0])
        days = {name: marks[name].numbered() for name in marks.keys() - self._finer.keys()}
        for name, (finer, within) in self._finer.items():
            group = within[days[finer].group]
            marks[name].add(group[group >= 0], days[finer].day[group >= 0])
            days[name] = marks[name].numbered()
        return days

    def _pass_over_orders(self, number: int, on_orders: Callable[[int], None]) -> dict[tuple[str, str], OfOrders]:
        """Take from the orders what a stage reads: new sums, and what is no sum, by scope and name."""
        sums = {name: self._new_sums(name, self.stages[number]) for name in self._scopes.keys() - self._finer.keys()}
        others = {
            (name, read): self._other(name, read)
            for name in COARSE_SCOPES
            for read in _reads(self.stages[number].of_scope(name)) & _NO_SUMS
        }

        def measured(chunk: Chunk) -> tuple[Chunk, Places, Mapping[str, np.ndarray]]:
            places = Places(self, chunk)
            return chunk, places, measures_before(number, chunk, self, places.asked)

        for chunk, places, measures in in_order(measured, self._orders.chunks()):
            for name, new in sums.items():
                has_group = places[name] >= 0
                at = places[name][has_group]
                for read in new:
                    self._sums[name].add(read, at, value_of(read, measures)[has_group])
            for (name, _), other in others.items():
                rows = np.flatnonzero(places[name] >= 0)
                other.add(places[name][rows], chunk.orders.take(rows), chunk.product[rows])
            on_orders(len(chunk.orders))
        return others

    def _new_sums(self, name: str, stage: Stage) -> set[str]:
        """The sums that a scope does not have yet, and it or one that is added up from it reads in a stage."""
        scopes = [name, *(coarser for coarser, (finer, _) in self._finer.items() if finer == name)]
        transforms = [transform for scope in scopes for transform in stage.of_scope(scope)]
        return {read for read in _reads(transforms) - _NO_SUMS if read not in self._sums[name]}

    def _other(self, name: str, read: str) -> OfOrders:
        size = len(self._days[name])
        if read == CASES:
            return Cases(self._orders.orders)
        if read == LAST_PRICE:
            return LastPrice(size)
        labels = self._labelled[_ATTRIBUTES[read]]
        return DistinctLabels(size, labels.code, len(labels.vocabulary))

    def _add_up_finer(self, stage: Stage) -> None:
        for name, (finer, within) in self._finer.items():
            if new := self._new_sums(name, stage):
                days = self._days[finer]
                has_group = np.flatnonzero(within[days.group] >= 0)
                at = self._days[name].numbers(within[days.group[has_group]], days.day[has_group])
                for read in new:
                    self._sums[name].add_finer(read, at, self._sums[finer], has_group)

    def _timeline(
        self, name: str, transforms: Sequence[Transform], others: Mapping[tuple[str, str], OfOrders]
    ) -> Timeline:
        days, sums = self._days[name], self._sums[name]
        columns: dict[str, np.ndarray] = {ORDERS: sums.totals(ORDERS).astype(np.int64)}
        cases = np.zeros(0, dtype=np.int64)
        for read in _reads(transforms) - {ORDERS}:
            if read == CASES:
                cases = others[name, CASES].result
            elif (name, read) in others:
                columns[read] = others[name, read].result
            else:
                columns[read] = sums.totals(read)
        return Timeline(days.group, days.day, days.start, columns, cases)


def _from_day(days: OrderDays, first_day: int | None) -> Rows:
    return ALL_ROWS if first_day is None else np.flatnonzero(days.day >= first_day)


def _reads(transforms: Iterable[Transform]) -> set[str]:
    return {ORDERS, *(read for transform in transforms for read in transform.reads)}


def _finer_scopes(scopes: Mapping[str, Scope]) -> dict[str, tuple[str, Ints]]:
    """For each scope that can be added up from a finer one: which, and the group that each of its groups is within."""
    within = {
        name: {
            finer: groups
            for finer, of in scopes.items()
            if finer != name and (groups := scope.groups_within(of)) is not None
        }
        for name, scope in scopes.items()
    }
    finest = {name: [(of, groups) for of, groups in finer.items() if not within[of]] for name, finer in within.items()}
    return {name: found[0] for name, found in finest.items() if found}
