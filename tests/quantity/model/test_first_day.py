"""A model of one day's orders, before which there are none, answers the next day's by their size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from quantity.features.compute import compute_features
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from quantity.model.baselines import baseline_predictions
from quantity.model.estimator import QuantityModel
from quantity.model.fallback import whole
from quantity.raw import RawTables
from training.fit.dataset import model_inputs

FIRST = np.datetime64("2025-01-06", "s")
STORES, PRODUCTS = 20, 25


@pytest.fixture(scope="module")
def two_days() -> pd.DataFrame:
    """The history of orders of two days, each of some five cases times the product's size."""
    rng = np.random.default_rng(3)
    pairs = [(store, product) for store in range(1, STORES + 1) for product in range(1, PRODUCTS + 1)]
    lines = pd.DataFrame(pairs * 2, columns=["store_id", "product_id"])
    lines["checkout_date"] = FIRST + np.repeat([0, 1], len(pairs)) * np.timedelta64(86_400, "s")
    lines["quantity"] = 1 + rng.poisson(2 + lines["product_id"] % 7)
    lines = lines[rng.random(len(lines)) < 0.6].assign(
        brand_id=1, product_variant_id=1, variant_case_price_cents=100, order_id=1
    )
    tags = pd.DataFrame({"product_id": np.arange(1, PRODUCTS + 1), "product_metadata": "food"})
    stores = pd.DataFrame(
        {"store_id": np.arange(1, STORES + 1), "store_type": "shop", "region_id": 1, "store_size": "S"}
    ).astype({"region_id": "Int64"})
    raw = RawTables(order_items=lines.reset_index(drop=True), product_tags=tags, stores=stores)
    return compute_features(sum_order_lines(raw.order_items), derive_entities(raw)).history


def test_the_next_day_is_answered_by_the_baselines_within_a_range(two_days: pd.DataFrame) -> None:
    is_first = (two_days["checkout_date"] == FIRST).to_numpy()
    X, y = model_inputs(two_days), two_days["quantity"].to_numpy(np.float64)
    answers = QuantityModel().fit(X[is_first], y[is_first]).answer(X[~is_first])
    baselines = baseline_predictions(X[~is_first])
    assert (np.abs(answers.quantity - whole(baselines["product mean"])) <= 1).all()
    assert (answers.typical == whole(baselines["median of the pair"])).all()
    covered = (answers.low <= y[~is_first]) & (y[~is_first] <= answers.high)
    assert covered.mean() > 0.75
    assert np.median(answers.high) < 4 * np.median(y)
