"""Permutation importance: how much worse the median is when a feature is shuffled (Breiman 2001)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantity.features.definitions import FEATURES, ROW

if TYPE_CHECKING:
    import pandas as pd

    from quantity.model.estimator import QuantityModel

ORDERS = 5_000
_BASE = ROW.index("base")


def importance(model: QuantityModel, X: pd.DataFrame, y: np.ndarray, seed: int = 0) -> dict[str, float]:
    """By feature: the rise of the mean absolute log error of the median, as a share of it, when it is shuffled.

    The base that the trees start from is left as it is.

    Args:
        model: a fitted model.
        X: (n, `INPUTS`); a sample of them is used.
        y: (n,) cases ordered.
        seed: of the sample and of the shuffling.
    """
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(y))[:ORDERS]
    matrix = model.encoder_.transform(X.iloc[rows])
    trees = model.ensembles_["median"]
    target = np.log(y[rows]) - matrix[:, _BASE]

    def error() -> float:
        return float(np.abs(trees.predict(matrix) - target).mean())

    whole = error()
    rises = {}
    for name in FEATURES:
        column = ROW.index(name)
        kept = matrix[:, column].copy()
        matrix[:, column] = rng.permutation(kept)
        rises[name] = error() / whole - 1 if whole else 0.0
        matrix[:, column] = kept
    return rises
