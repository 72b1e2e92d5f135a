"""Stages: features of orders, measures of orders relative to those features, and features of these in turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quantity.features.orders import Orders
    from quantity.features.relative import Formula
    from quantity.features.timeline import Floats
    from quantity.features.transforms import Transform


@dataclass(frozen=True)
class Above:
    """A measure of an order: the logarithm of its quantity less a level that its own row has.

    The level is as of the order's own date, so it knows nothing of the order; the measure itself is known to
    later orders only, like the quantity.

    Attributes:
        name: the measure.
        level: a formula of this stage or one before.
        absolute: whether the sign is dropped.
    """

    name: str
    level: str
    absolute: bool = False

    def compute(self, log_qty: Floats, level: Floats) -> Floats:
        """(n,) measures."""
        above: Floats = log_qty - level
        return np.abs(above) if self.absolute else above


@dataclass(frozen=True)
class Stage:
    """Transforms of what is known so far, formulas over them, and the measures that the next stage adds."""

    transforms: tuple[Transform, ...]
    formulas: tuple[Formula, ...]
    measures: tuple[Above, ...] = ()

    def of_scope(self, scope: str) -> tuple[Transform, ...]:
        """Its transforms of one scope."""
        return tuple(transform for transform in self.transforms if transform.scope == scope)


def first_measures(orders: Orders) -> dict[str, np.ndarray]:
    """(n,) measures that need no feature: cases, their logarithm, and that of the case price in cents."""
    return {
        "qty": orders.quantity.astype(np.float64),
        "log_qty": np.log(orders.quantity),
        # Sums over windows bear no NaN: an unknown price counts as none.
        "log_price": np.log(np.maximum(np.nan_to_num(orders.case_price_cents), 1.0)),
    }


def next_measures(stage: Stage, log_qty: Floats, levels: Mapping[str, np.ndarray]) -> dict[str, Floats]:
    """(n,) measures that a stage adds, from the (n,) values of its formulas."""
    return {m.name: m.compute(log_qty, levels[m.level].astype(np.float64)) for m in stage.measures}
