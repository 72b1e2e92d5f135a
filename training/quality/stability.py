"""How far one distribution is from another: the population stability index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

BUCKETS = 17
"""1, 2, 3 to 4, 5 to 8, and so on by powers of two; the last one holds all that is above 32,768."""

_HALF = 0.5


def stability_index(before: Mapping[int, int], now: Mapping[int, int]) -> float:
    """The population stability index of two distributions of quantities, by powers of two.

    Args:
        before: number of orders by quantity (cases, positive).
        now: the same.
    """
    return index_of_counts(_by_bucket(before), _by_bucket(now))


def index_of_counts(before: npt.ArrayLike, now: npt.ArrayLike) -> float:
    """The population stability index of two distributions over the same bins.

    The sum over bins of ``(now - before) * ln(now / before)``, of shares; symmetric, and 0 for equal
    shares. By the custom of credit scoring, up to 0.1 is no change, from 0.25 on a different population
    (Siddiqi, "Credit Risk Scorecards", 2006).

    Args:
        before: (b,) how many fall into each bin.
        now: (b,) the same.
    """
    first, second = _shares(before), _shares(now)
    return float(np.sum((second - first) * np.log(second / first)))


def _shares(counts: npt.ArrayLike) -> npt.NDArray[np.float64]:
    # Half a case in each bin keeps the logarithm finite where one has none.
    filled = np.asarray(counts, np.float64) + _HALF
    shares: npt.NDArray[np.float64] = filled / filled.sum()
    return shares


def _by_bucket(orders: Mapping[int, int]) -> npt.NDArray[np.float64]:
    quantity = np.fromiter(orders.keys(), np.float64, len(orders))
    count = np.fromiter(orders.values(), np.float64, len(orders))
    bucket = np.minimum(np.ceil(np.log2(quantity)), BUCKETS - 1).astype(np.int64)
    return np.bincount(bucket, weights=count, minlength=BUCKETS).astype(np.float64)
