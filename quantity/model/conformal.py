"""Conformal calibration of a range: widen or narrow it until it covers as often as it says."""

from __future__ import annotations

import numpy as np


def conformal_offset(y: np.ndarray, low: np.ndarray, high: np.ndarray, coverage: float) -> float:
    """How far both ends must move out (or, negative, in) to cover ``coverage`` of unseen values.

    Conformalized quantile regression (Romano, Patterson & Candès 2019): the finite-sample quantile of how
    far each calibration value lies outside its range.

    Args:
        y: (n,) observed values.
        low: (n,) lower estimates.
        high: (n,) upper estimates.
        coverage: the wanted share, between 0 and 1.

    Returns:
        The offset, in the unit of ``y``; 0 without calibration values.
    """
    if not len(y):
        return 0.0
    outside = np.sort(np.maximum(low - y, y - high))
    rank = int(np.ceil(coverage * (len(y) + 1))) - 1
    return float(outside[min(rank, len(y) - 1)])
