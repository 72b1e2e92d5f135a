"""What a model has to beat: answers read straight off the features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

SMALLEST_ORDER = 1.0

BASELINES: dict[str, tuple[str, ...]] = {
    "last order": ("qty_store_product_lag_1", "qty_q50_product", "qty_q50_store"),
    "median of the pair": ("qty_q50_store_product", "qty_q50_product", "qty_q50_store"),
    "product mean": ("avg_qty_product_l30d", "qty_q50_product", "qty_q50_store"),
}
"""The columns each baseline reads: the first that is known; one case where none is."""


def baseline_predictions(X: pd.DataFrame) -> dict[str, np.ndarray]:
    """(n,) answers of each baseline for (n, `INPUTS`)."""
    return {name: _first_known(X, columns) for name, columns in BASELINES.items()}


def _first_known(X: pd.DataFrame, columns: tuple[str, ...]) -> np.ndarray:
    answer = np.full(len(X), np.nan)
    for name in columns:
        values = X[name].to_numpy(dtype=np.float64, na_value=np.nan)
        answer = np.where(np.isnan(answer), values, answer)
    return np.where(np.isnan(answer), SMALLEST_ORDER, answer)
