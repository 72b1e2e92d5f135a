"""Estimates made up of what a test cares about."""

from __future__ import annotations

import numpy as np

from quantity.model.baselines import BASELINES
from quantity.model.estimates import Estimates
from quantity.model.packs import PackQuantities

RICH = 2

Cases = float | list[float] | np.ndarray


def estimates(
    median: Cases,
    *,
    low: Cases | None = None,
    upper: Cases | None = None,
    high: Cases | None = None,
    history: int | np.ndarray = RICH,
    product_id: int | np.ndarray = 1,
    usual: Cases = np.nan,
    usual_share: Cases = np.nan,
    baselines: np.ndarray | None = None,
) -> Estimates:
    """Estimates in cases; by default every quantile is the median, and every baseline."""
    middle = np.atleast_1d(np.asarray(median, dtype=np.float64))

    def column(values: Cases | None) -> np.ndarray:
        return np.broadcast_to(np.asarray(middle if values is None else values, dtype=np.float64), middle.shape)

    return Estimates(
        low=np.log(column(low)),
        median=np.log(middle),
        upper=np.log(column(upper)),
        high=np.log(column(high)),
        history=np.broadcast_to(history, middle.shape),
        product_id=np.broadcast_to(product_id, middle.shape),
        usual=column(usual),
        usual_share=column(usual_share),
        baselines=np.tile(middle, (len(BASELINES), 1)).T if baselines is None else baselines,
    )


def no_packs() -> PackQuantities:
    """Packs of products with too few orders to have any."""
    return PackQuantities(min_share=0.1).fit(np.array([1]), np.array([1.0]))
