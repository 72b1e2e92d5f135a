"""The order days of a timeline's groups: consecutive orders of one group on one day, taken together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from quantity.features.timeline import MISSING, prefix_sums

if TYPE_CHECKING:
    from quantity.features.timeline import Ints, Timeline


@dataclass(frozen=True)
class OrderDays:
    """The distinct order days of a timeline's groups, in the timeline's order."""

    timeline: Timeline

    @cached_property
    def starts(self) -> Ints:
        """(d,) position of each order day's first order."""
        return np.flatnonzero(self._is_new)

    @property
    def day(self) -> Ints:
        """(d,) days since 1970-01-01."""
        return self.timeline.day[self.starts]

    @property
    def group(self) -> Ints:
        """(d,) group codes, ascending."""
        return self.timeline.group[self.starts]

    @cached_property
    def of_order(self) -> Ints:
        """(n,) the order day of each order."""
        return self._days_before[1:] - 1

    def before(self, position: Ints) -> Ints:
        """How many order days, of all groups, begin before each position in the timeline."""
        return self._days_before[position]

    def sums(self, values: np.ndarray) -> np.ndarray:
        """(d,) sums of (n,) values by order day."""
        return np.add.reduceat(values, self.starts) if len(self.starts) else values

    @cached_property
    def _is_new(self) -> np.ndarray:
        new_day = np.diff(self.timeline.day, prepend=MISSING) != 0
        new_group = np.diff(self.timeline.group, prepend=MISSING) != 0
        either: np.ndarray = new_day | new_group
        return either

    @cached_property
    def _days_before(self) -> Ints:
        return prefix_sums(self._is_new)
