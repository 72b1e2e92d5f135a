"""How far one distribution of quantities is from another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

BUCKETS = 17
"""1, 2, 3 to 4, 5 to 8, and so on by powers of two; the last one holds all that is above 32,768."""

_HALF_AN_ORDER = 0.5


def stability_index(before: Mapping[int, int], now: Mapping[int, int]) -> float:
    """The population stability index of two distributions of quantities.

    The sum over buckets of ``(now - before) * ln(now / before)``, of shares; symmetric, and 0 for equal
    shares. By the custom of credit scoring, up to 0.1 is no change, from 0.25 on a different population
    (Siddiqi, "Credit Risk Scorecards", 2006).

    Args:
        before: number of orders by quantity (cases, positive).
        now: the same.
    """
    first, second = _shares(before), _shares(now)
    return float(np.sum((second - first) * np.log(second / first)))


def _shares(orders: Mapping[int, int]) -> npt.NDArray[np.float64]:
    quantity = np.fromiter(orders.keys(), np.float64, len(orders))
    count = np.fromiter(orders.values(), np.float64, len(orders))
    bucket = np.minimum(np.ceil(np.log2(quantity)), BUCKETS - 1).astype(np.int64)
    # Half an order in each bucket keeps the logarithm finite where one has none.
    filled = np.bincount(bucket, weights=count, minlength=BUCKETS) + _HALF_AN_ORDER
    shares: npt.NDArray[np.float64] = filled / filled.sum()
    return shares
