"""Baselines fall back to what is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from quantity.model.baselines import baseline_predictions

NAN = np.nan


def test_each_baseline_takes_the_first_known_column() -> None:
    X = pd.DataFrame(
        {
            "qty_store_product_lag_1": [7, NAN, NAN, NAN],
            "qty_q50_store_product": [6, NAN, NAN, NAN],
            "avg_qty_product_l30d": [5.5, 4.5, NAN, NAN],
            "qty_q50_product": [5, 4, NAN, NAN],
            "qty_q50_store": [3, 3, 2, NAN],
        }
    )
    answers = {name: answer.tolist() for name, answer in baseline_predictions(X).items()}
    assert answers == {
        "last order": [7, 4, 2, 1],
        "median of the pair": [6, 4, 2, 1],
        "product mean": [5.5, 4.5, 2, 1],
    }
