"""The coarse scopes of all orders: totals by group and order day, and the features that come of them.

There is a pass over the orders for each stage. Sums are exact (`ExactSums`): neither the size of the chunks, nor the
order in which they are taken, nor the machine that looks at them shows in the results.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from quantity.ahead import for_each, one_ahead
from quantity.features.coarse.daily_totals import DailySums
from quantity.features.coarse.kept_totals import DAY, KeptDays, joined_cases, names_of_parts
from quantity.features.coarse.lookup import CoarseLookup
from quantity.features.coarse.order_days import Grid, Marks
from quantity.features.coarse.sources import NO_SUMS, Wanted, reads_of
from quantity.features.definitions import STAGES
from quantity.features.scopes import COARSE_SCOPES, Labelled, Scope
from quantity.features.timeline import CASES, ORDERS, Timeline
from quantity.features.views import EachDay, answer_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from quantity.features.coarse.kept_totals import KeptTotals, TotalsKeeper
    from quantity.features.coarse.order_days import OrderDays
    from quantity.features.coarse.sources import OrderSource
    from quantity.features.stages import Stage
    from quantity.features.timeline import Ints
    from quantity.features.transforms import Transform
    from quantity.features.views import View


class CoarseScopes:
    """The groups of the coarse scopes, and their features as of each of their order days.

    Args:
        orders: all orders, or those that are not of the past.
        stages: what is computed.
        kept: what the orders of the past add up to, if ``orders`` tells nothing of them.
        keeper: gets what the orders that are not of the past add up to.

    Attributes:
        lookup: what they tell of an order, of the stages that are computed.
    """

    def __init__(
        self,
        orders: OrderSource,
        stages: Sequence[Stage] = STAGES,
        kept: KeptTotals | None = None,
        keeper: TotalsKeeper | None = None,
    ) -> None:
        self._orders, self._kept, self._keeper = orders, kept, keeper
        labelled = Labelled(orders.entities)
        scopes = {name: Scope.of(name, labelled) for name in COARSE_SCOPES}
        kept_days = {name: KeptDays.of(kept, name, scope) for name, scope in scopes.items()} if kept else {}
        scopes = _with_groups(scopes, orders, kept_days)
        self._finer = _finer_scopes(scopes)
        days = self._order_days(scopes, kept_days)
        self._at_kept = {
            name: days[name].numbers(scopes[name].groups_of(of.codes), of.day) for name, of in kept_days.items()
        }
        self._sums = {name: DailySums(len(of_scope)) for name, of_scope in days.items()}
        self.lookup = CoarseLookup(stages, scopes, days, orders.first_day)
        self._keep_days()

    def compute(self, views: Sequence[View], on_orders: Callable[[int], None]) -> None:
        """Compute the features of every stage, and let views compute theirs.

        Args:
            views: who else asks.
            on_orders: called with numbers of orders, which add up to all of them for each stage.
        """
        stages = self.lookup.stages
        for number, stage in enumerate(stages):
            totals = self._orders.totals(number, self.lookup, self._wanted(stage), on_orders)
            known = {name: sums.names for name, sums in self._sums.items()}
            for name, sums in totals.sums.items():
                self._sums[name].include(sums)
            self._add_up_finer(stage)
            self._join_past_sums([(n, r) for n, sums in self._sums.items() for r in sorted(sums.names - known[n])])
            others = {(name, read): self._joined_past(name, read, of) for (name, read), of in totals.others.items()}
            asked = [(name, transforms) for name in COARSE_SCOPES if (transforms := stage.of_scope(name))]
            timelines = one_ahead(self._timeline(*of, others) for of in asked)
            for (name, transforms), timeline in zip(asked, timelines, strict=True):
                of_days = EachDay(timeline, transforms, self.lookup.first_day)
                askers = [view.ask(self.lookup.scopes[name], transforms) for view in views]
                answer_groups(timeline, transforms, [of_days, *askers])
                self.lookup.features.update(of_days.columns)
            later = reads_of(transform for stage in stages[number + 1 :] for transform in stage.transforms)
            for sums in self._sums.values():
                sums.keep(later)

    def _order_days(self, scopes: Mapping[str, Scope], kept: Mapping[str, KeptDays]) -> dict[str, OrderDays]:
        finest = {name: scope for name, scope in scopes.items() if name not in self._finer}
        days = dict(self._orders.order_days(finest))
        for name in finest.keys() & kept.keys():
            marks = Marks(days[name].grid)
            marks.add(days[name].group, days[name].day)
            marks.add(scopes[name].groups_of(kept[name].codes), kept[name].day)
            days[name] = marks.numbered()
        for name, (finer, within) in self._finer.items():
            marks = Marks(Grid(len(scopes[name].keys), *self._orders.days))
            group = within[days[finer].group]
            marks.add(group[group >= 0], days[finer].day[group >= 0])
            days[name] = marks.numbered()
        return days

    def _wanted(self, stage: Stage) -> Wanted:
        new = {name: self._new_sums(name, stage) for name in self._sums.keys() - self._finer.keys()}
        others = {(name, read) for name in COARSE_SCOPES for read in reads_of(stage.of_scope(name)) & NO_SUMS}
        return Wanted({name: reads for name, reads in new.items() if reads}, frozenset(others))

    def _new_sums(self, name: str, stage: Stage) -> frozenset[str]:
        """The sums that a scope does not have yet, and it or one that is added up from it reads in a stage."""
        scopes = [name, *(coarser for coarser, (finer, _) in self._finer.items() if finer == name)]
        transforms = [transform for scope in scopes for transform in stage.of_scope(scope)]
        return frozenset(read for read in reads_of(transforms) - NO_SUMS if read not in self._sums[name])

    def _add_up_finer(self, stage: Stage) -> None:
        for name, (finer, within) in self._finer.items():
            if new := self._new_sums(name, stage):
                days = self.lookup.days[finer]
                is_added = within[days.group] >= 0
                if self._kept:
                    # Of the past the sums are kept.
                    is_added[self._at_kept[finer]] = False
                has_group = np.flatnonzero(is_added)
                at = self.lookup.days[name].numbers(within[days.group[has_group]], days.day[has_group])
                for read in new:
                    self._sums[name].add_finer(read, at, self._sums[finer], has_group)

    def _keep_days(self) -> None:
        """Keep of what groups and days the totals are."""
        if self._keeper is None:
            return
        for name, scope in self.lookup.scopes.items():
            rows, days = self.lookup.asked[name], self.lookup.days[name]
            group = days.group[rows]
            for attribute, code in zip(scope.key, scope.codes_of_groups, strict=True):
                self._keeper.keep_labels(name, attribute, code[group], scope.labelled[attribute].vocabulary)
            self._keeper.keep(name, DAY, days.day[rows])

    def _join_past_sums(self, new: Sequence[tuple[str, str]]) -> None:
        """Complete sums, by scope and name, that are those of orders that are not of the past."""
        parts = [(*of, *part) for of in new for part in enumerate(names_of_parts(of[1]))]
        if (kept := self._kept) is not None:

            def place(name: str, sums: str, part: int, kept_as: str) -> None:
                self._sums[name].exact(sums).place(self._at_kept[name], part, kept.values(name, kept_as))

            for_each(lambda of: place(*of), parts)
        if self._keeper is not None:
            for name, sums, part, kept_as in parts:
                values = self._sums[name].exact(sums).parts[part]
                self._keeper.keep(name, kept_as, values[self.lookup.asked[name]])

    def _joined_past(self, name: str, read: str, values: np.ndarray) -> np.ndarray:
        """What is told of all order days, from what is of those that are not of the past."""
        asked = self.lookup.asked[name]
        if read != CASES:
            if self._kept:
                values[self._at_kept[name]] = self._kept.values(name, read)
            if self._keeper:
                self._keeper.keep(name, read, values[asked])
            return values
        if self._keeper is None and self._kept is None:
            return values
        counts = self._sums[name].totals(ORDERS).astype(np.int64)
        if self._kept:
            values = joined_cases(counts, self._at_kept[name], self._kept.values(name, CASES), values)
        if self._keeper:
            is_asked = np.zeros(len(counts), dtype=bool)
            is_asked[asked] = True
            self._keeper.keep(name, CASES, values if is_asked.all() else values[np.repeat(is_asked, counts)])
        return values

    def _timeline(
        self, name: str, transforms: Sequence[Transform], others: Mapping[tuple[str, str], np.ndarray]
    ) -> Timeline:
        days, sums = self.lookup.days[name], self._sums[name]
        columns: dict[str, np.ndarray] = {ORDERS: sums.totals(ORDERS).astype(np.int64)}
        for read in reads_of(transforms) - {ORDERS, CASES}:
            columns[read] = others[name, read] if (name, read) in others else sums.totals(read)
        timeline = Timeline(days.group, days.day, days.start, columns)
        return replace(timeline, cases=others[name, CASES]) if (name, CASES) in others else timeline


def _with_groups(scopes: Mapping[str, Scope], orders: OrderSource, kept: Mapping[str, KeptDays]) -> dict[str, Scope]:
    """The scopes with a group for each pair of labels that orders have."""
    cells = orders.cells({name: scope for name, scope in scopes.items() if len(scope.key) > 1})
    for name in cells.keys() & kept.keys():
        cells[name][scopes[name].cells_of(kept[name].codes)] = True
    return {**scopes, **{name: scopes[name].numbered(is_there) for name, is_there in cells.items()}}


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
