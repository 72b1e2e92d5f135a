"""What the trees and the history say of some orders, before it is made into answers."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Estimates:
    """Estimates for n orders; low ≤ median ≤ upper ≤ high for each.

    Attributes:
        low, median, upper, high: (n,) quantiles of log(cases).
        history: (n,) index into `quantity.model.history.HISTORY_LENGTHS`.
        product_id: (n,) product ids.
        usual: (n,) the pair's most frequent quantity, NaN without one.
        usual_share: (n,) its share of the pair's orders.
        baselines: (n, b) the answers of `quantity.model.baselines.BASELINES`, cases.
    """

    low: np.ndarray
    median: np.ndarray
    upper: np.ndarray
    high: np.ndarray
    history: np.ndarray
    product_id: np.ndarray
    usual: np.ndarray
    usual_share: np.ndarray
    baselines: np.ndarray

    def __len__(self) -> int:
        return len(self.median)

    def __getitem__(self, rows: slice | np.ndarray) -> Estimates:
        return Estimates(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


@dataclass(frozen=True)
class Outcomes:
    """Estimates beside the (n,) cases that were then ordered."""

    estimates: Estimates
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.y)


def joined(parts: Sequence[Outcomes]) -> Outcomes:
    """Outcomes of several windows, one after the other; at least one part."""
    names = [field.name for field in fields(Estimates)]
    columns = {name: np.concatenate([getattr(part.estimates, name) for part in parts]) for name in names}
    return Outcomes(Estimates(**columns), np.concatenate([part.y for part in parts]))
