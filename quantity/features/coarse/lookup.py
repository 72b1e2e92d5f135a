"""What the coarse scopes tell of an order: the features of its groups as of its day."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from quantity.features.timeline import ALL_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from quantity.features.chunks import Chunk
    from quantity.features.coarse.order_days import OrderDays
    from quantity.features.scopes import Scope
    from quantity.features.stages import Stage
    from quantity.features.timeline import Ints, Rows
    from quantity.features.transforms import Transform


@dataclass(frozen=True)
class CoarseLookup:
    """Coarse scopes and their features as of each of their order days.

    Attributes:
        stages: what is computed.
        scopes: by name.
        days: by scope, the numbers of its order days.
        first_day: the features are those of order days from this day on, days since 1970-01-01; None: of all.
        features: (a + 1,) values by column, an order day each, of the stages that are computed; the last is unknown.
    """

    stages: Sequence[Stage]
    scopes: Mapping[str, Scope]
    days: Mapping[str, OrderDays]
    first_day: int | None = None
    features: dict[str, np.ndarray] = field(default_factory=dict)

    def columns(self, transforms: Iterable[Transform], places: Places) -> dict[str, np.ndarray]:
        """(a,) values of the columns of some transforms, as of each order's own day.

        Args:
            transforms: of coarse scopes.
            places: of the orders that are asked for.
        """
        columns: dict[str, np.ndarray] = {}
        for transform in transforms:
            at = self._place_of_answer(transform.scope, places[transform.scope])
            columns |= {column.name: self.features[column.name][at] for column in transform.columns}
        return columns

    def numbers(self, scope: str, chunk: Chunk, rows: Rows = ALL_ROWS) -> Ints:
        """(m,) the numbers of the order days of some of a chunk's orders; -1 where an order has no group."""
        group = self.scopes[scope].groups(chunk.store[rows], chunk.product[rows])
        numbers = self.days[scope].numbers(np.maximum(group, 0), chunk.orders.day[rows])
        return np.where(group >= 0, numbers, -1)

    def _place_of_answer(self, scope: str, number: Ints) -> Ints:
        asked = self.asked[scope]
        return number if isinstance(asked, slice) else np.where(number >= 0, np.searchsorted(asked, number), -1)

    @cached_property
    def asked(self) -> Mapping[str, Rows]:
        """By scope, which order days have features."""
        if self.first_day is None:
            return dict.fromkeys(self.days, ALL_ROWS)
        return {name: np.flatnonzero(days.day >= self.first_day) for name, days in self.days.items()}


class Places(dict[str, "Ints"]):
    """By coarse scope, (m,) the numbers of the order days of a chunk's orders; -1 where an order has no group.

    Args:
        coarse: the scopes.
        chunk: the orders.
        rows: positions of m of them.
    """

    def __init__(self, coarse: CoarseLookup, chunk: Chunk, rows: Rows = ALL_ROWS) -> None:
        super().__init__()
        self._coarse, self._chunk, self._rows = coarse, chunk, rows

    def __missing__(self, scope: str) -> Ints:
        self[scope] = self._coarse.numbers(scope, self._chunk, self._rows)
        return self[scope]

    @property
    def asked(self) -> Places:
        """The places of the orders that are asked for, from those of all."""
        return self if isinstance(self._chunk.asked, slice) else Places(self._coarse, self._chunk, self._chunk.asked)
