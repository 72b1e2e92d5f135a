"""Who asks for features: every order of its own past (training), and every group for its next order (serving)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantity.features.calendar import MOST_AGEING_DAYS
from quantity.features.definitions import FORMULAS, SCOPES, columns_of
from quantity.features.timeline import MISSING, AsOf

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from quantity.features.scopes import Groups
    from quantity.features.timeline import Floats, Ints, Timeline
    from quantity.features.transforms import Transform

_OF_FORMULAS = {name for formula in FORMULAS for name in formula.reads}


class OrdersView:
    """The features of orders, as of their own date or some days before.

    Args:
        day: (n,) checkout date of every order, days since 1970-01-01.
        rows: (m,) positions of the orders asked about; None: all, in order.
        horizon: as of so many days before the order's date: one number, or (m,) numbers.
        only_levels: whether to leave out what no formula reads.
    """

    def __init__(
        self, day: Ints, rows: Ints | None = None, horizon: int | Ints = 0, *, only_levels: bool = False
    ) -> None:
        self._day, self._rows, self._horizon = day, rows, horizon
        self._only_levels = only_levels
        self.columns: dict[str, Floats] = {}
        """(n,) or (m,) float64 values by column, NaN where the order has no such group."""

    def add(self, groups: Groups, timeline: Timeline, transforms: Iterable[Transform]) -> None:
        """Compute the columns of some transforms of one scope."""
        as_of, rows, size = self._questions(groups, timeline)
        for transform in transforms:
            if self._only_levels and not _OF_FORMULAS & {column.name for column in transform.columns}:
                continue
            for column, values in zip(transform.columns, transform.compute(as_of), strict=True):
                aged = values + np.minimum(self._of(rows), MOST_AGEING_DAYS) if column.ages else values
                self.columns[column.name] = np.full(size, np.nan)
                self.columns[column.name][rows] = aged

    def _questions(self, groups: Groups, timeline: Timeline) -> tuple[AsOf, Ints, int]:
        if self._rows is None:
            return timeline.as_of_each_order(), timeline.rows, len(self._day)
        group = groups.code[self._rows]
        known = np.flatnonzero(group != MISSING)
        day = self._day[self._rows[known]] - self._of(known)
        return AsOf(timeline, group[known], day), known, len(self._rows)

    def _of(self, rows: Ints) -> int | Ints:
        return self._horizon if isinstance(self._horizon, int) else self._horizon[rows]


class LatestView:
    """The features of every group's next order, as of one day."""

    def __init__(self, day: int) -> None:
        self._day = day
        self._keys: dict[str, pd.DataFrame] = {}
        self._columns: dict[str, Floats] = {}

    def add(self, groups: Groups, timeline: Timeline, transforms: Iterable[Transform]) -> None:
        """Compute the columns of some transforms of one scope."""
        as_of = timeline.as_of_day(self._day)
        for transform in transforms:
            self._keys[transform.scope] = groups.keys
            names = [column.name for column in transform.columns]
            self._columns.update(zip(names, transform.compute(as_of), strict=True))

    def tables(self) -> dict[str, pd.DataFrame]:
        """By scope, a row a group: its key and its features."""
        return {
            scope: self._keys[scope].assign(**{column.name: self._columns[column.name] for column in columns_of(scope)})
            for scope in SCOPES
        }
