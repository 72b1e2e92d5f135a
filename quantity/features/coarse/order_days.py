"""Numbers for the groups' order days: which of all (group, day) have orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from quantity.features.timeline import Ints

MOST_CELLS = 2**27
"""Groups times days for which a table of all is kept, 5 bytes each; beyond it, of the order days alone."""


@dataclass(frozen=True)
class Grid:
    """Groups times days, each a cell.

    Attributes:
        n_groups: how many groups there are.
        first_day: days since 1970-01-01.
        days: how many days there are.
    """

    n_groups: int
    first_day: int
    days: int

    @property
    def size(self) -> int:
        """How many cells there are; without groups those of one, of which questions without a group are asked."""
        return max(self.n_groups, 1) * self.days

    def cell(self, group: Ints, day: Ints) -> Ints:
        """(m,) cells."""
        return group * self.days + (day - self.first_day)


@dataclass(frozen=True)
class OrderDays:
    """The cells that have orders, numbered group after group and day after day.

    Attributes:
        grid: of all cells.
        cells: (d,) the cells with orders, ascending.
        ranks: by cell, how many of the cells before it have orders; None where there are too many cells.
    """

    grid: Grid
    cells: Ints
    ranks: np.ndarray | None

    def numbers(self, group: Ints, day: Ints) -> Ints:
        """(m,) the numbers of cells with orders."""
        cell = self.grid.cell(group, day)
        return np.searchsorted(self.cells, cell) if self.ranks is None else self.ranks[cell].astype(np.int64)

    @property
    def group(self) -> Ints:
        """(d,) group codes, ascending."""
        return self.cells // self.grid.days

    @property
    def day(self) -> Ints:
        """(d,) days since 1970-01-01."""
        return self.cells % self.grid.days + self.grid.first_day

    @property
    def start(self) -> Ints:
        """(n_groups + 1,) the number of each group's first order day; the last entry is ``d``."""
        return np.searchsorted(self.cells, np.arange(self.grid.n_groups + 1) * self.grid.days)

    def __len__(self) -> int:
        return len(self.cells)


class Marks:
    """Collects the cells of a grid that have orders."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._flags = np.zeros(grid.size, dtype=bool) if grid.size <= MOST_CELLS else None
        self._cells = np.zeros(0, dtype=np.int64)

    def add(self, group: Ints, day: Ints) -> None:
        """There are orders of (m,) groups on (m,) days."""
        cells = self._grid.cell(group, day)
        if self._flags is None:
            self._cells = np.union1d(self._cells, cells)
        else:
            self._flags[cells] = True

    def numbered(self) -> OrderDays:
        """The cells with orders."""
        if self._flags is None:
            return OrderDays(self._grid, self._cells, None)
        ranks = np.zeros(self._grid.size, dtype=np.int32)
        np.cumsum(self._flags[:-1], out=ranks[1:])
        return OrderDays(self._grid, np.flatnonzero(self._flags), ranks)
