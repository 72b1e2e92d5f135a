"""Orders whose rows are there already: what later orders need to know of them beside the orders themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quantity.features.definitions import STAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from quantity.features.coarse.kept_totals import KeptTotals

LEVELS: tuple[str, ...] = tuple(dict.fromkeys(measure.level for stage in STAGES for measure in stage.measures))
"""The levels that orders are measured by. Each is a formula over an order's own row."""


@dataclass(frozen=True)
class Past:
    """The orders before a day, whose rows need not be computed again.

    Attributes:
        end: the first day after it, days since 1970-01-01.
        levels: by name (`LEVELS`), (n,) float32 levels of all orders; read of those before ``end``.
        totals: what the orders before ``end`` add up to, if it was kept.
    """

    end: int
    levels: Mapping[str, np.ndarray]
    totals: KeptTotals | None = None
