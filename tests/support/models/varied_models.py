"""Rows and rules of all kinds: whatever a model or a snapshot may hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from quantity.features.definitions import NUMERIC_INPUTS
from quantity.model.baselines import BASELINES
from quantity.model.fallback import Fallback
from quantity.model.segments import SHAPE

if TYPE_CHECKING:
    import pandas as pd

    from quantity.model.decision import DecisionRule

PAIR_COLUMNS = [name for name in NUMERIC_INPUTS if "store_product" in name]


def varied_rows(X: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Rows of (n, `INPUTS`) with values missing, histories of every length, and expectations of every size."""
    rng = np.random.default_rng(seed)
    X = X.sample(4000, replace=True, random_state=seed, ignore_index=True)
    n = len(X)
    # Levels between less than a case and some thousands, whatever the pair's own orders were.
    X["ewm_log_qty_product_h90d"] = rng.uniform(-2, 8, n)
    X["ewn_log_qty_product_h90d"] = 1000.0
    X["ewn_log_qty_store_product_h120d"] = rng.exponential(0.5, n)
    X["qty_mode_store_product"] = np.where(rng.random(n) < 0.5, X["qty_mode_store_product"], rng.integers(1, 200, n))
    X["qty_mode_share_store_product"] = rng.uniform(0, 1, n)
    X["cnt_store_product"] = rng.choice([0, 1, 4, 5, 30], n)
    X["avg_qty_product_l30d"] = rng.integers(1, 60, n) / 2
    X.loc[X["cnt_store_product"] == 0, [name for name in PAIR_COLUMNS if not name.startswith(("cnt", "ewn"))]] = np.nan
    for name in NUMERIC_INPUTS:
        X.loc[rng.random(n) < 0.05, name] = np.nan
    return X


def varied_rule(rule: DecisionRule, seed: int) -> DecisionRule:
    """A rule that leans on other baselines, by other weights, in each segment."""
    rng = np.random.default_rng(seed)

    def fallback() -> Fallback:
        return Fallback(rng.integers(0, len(BASELINES), SHAPE), rng.choice([0.0, 0.25, 0.5, 1.0], SHAPE))

    return replace(
        rule,
        rise=rng.uniform(-0.5, 3),
        quantity_fallback=fallback(),
        typical_fallback=fallback(),
        offsets=rng.normal(0, 0.5, SHAPE),
    )
