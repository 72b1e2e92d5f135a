"""With little data the model is no worse than what a buyer would guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from quantity.features.compute import compute_features
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from quantity.model.estimator import QuantityModel
from quantity.raw import RawTables
from tests.support.models.rolled_models import SNAPSHOT
from training.fit.dataset import Dataset, cut_dataset
from training.fit.evaluation import evaluate_windows
from training.fit.rolling import roll

if TYPE_CHECKING:
    from collections.abc import Callable

STORES, PRODUCTS = 8, 6
FIRST = np.datetime64("2024-01-01", "s")

TOLERANCE = 0.005
"""So much may the score be above that of the baseline that was the best, as is known only afterwards."""


def small_market(orders: int, quantity: Callable[[pd.DataFrame, np.random.Generator], np.ndarray]) -> Dataset:
    """Orders of a few stores and products over 40 weeks, with quantities as ``quantity`` has them."""
    rng = np.random.default_rng(orders)
    items = pd.DataFrame(
        {"store_id": rng.integers(1, STORES + 1, orders), "product_id": rng.integers(1, PRODUCTS + 1, orders)}
    )
    items["day"] = np.sort(rng.integers(0, 280, orders))
    items = items.drop_duplicates(ignore_index=True)
    items["quantity"] = np.maximum(np.rint(quantity(items, rng)), 1).astype(np.int64)
    items["checkout_date"] = FIRST + items["day"].to_numpy() * np.timedelta64(86400, "s")
    lines = items.assign(
        order_id=np.arange(len(items)), brand_id=1, product_variant_id=1, variant_case_price_cents=100
    ).drop(columns="day")
    tags = pd.DataFrame({"product_id": np.arange(1, PRODUCTS + 1), "product_metadata": "Dairy"})
    stores = pd.DataFrame(
        {"store_id": np.arange(1, STORES + 1), "store_type": "shop", "region_id": 1, "store_size": "S"}
    )
    raw = RawTables(order_items=lines, product_tags=tags, stores=stores.astype({"region_id": "Int64"}))
    return cut_dataset(SNAPSHOT, compute_features(sum_order_lines(raw.order_items), derive_entities(raw)).history)


def about_the_product(items: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Noise about the product's mean: no store differs from another."""
    return 4.0 * items["product_id"].to_numpy() * rng.lognormal(0, 0.4, len(items))


def of_the_pair(items: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Each pair has its own quantity, which it orders four times out of five."""
    own = rng.integers(1, 40, (STORES + 1, PRODUCTS + 1))[items["store_id"], items["product_id"]]
    return np.where(rng.random(len(items)) < 0.8, own, 2 * own)


def constant(items: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Always the same quantity."""
    return np.full(len(items), 6.0)


def drifting(items: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Each pair goes up and down: its last order tells most."""
    steps = pd.Series(rng.normal(0, 0.25, len(items)))
    return 15.0 * np.exp(steps.groupby([items["store_id"], items["product_id"]]).cumsum().to_numpy())


@pytest.mark.parametrize("quantity", [about_the_product, of_the_pair, constant, drifting])
@pytest.mark.parametrize("orders", [1_500, 4_800])
def test_no_baseline_is_clearly_better(
    orders: int, quantity: Callable[[pd.DataFrame, np.random.Generator], np.ndarray]
) -> None:
    data = small_market(orders, quantity)
    evaluation = evaluate_windows(data, roll(QuantityModel(), data).windows)
    best = min(metrics.score for metrics in evaluation.baselines.values())
    assert evaluation.model.score <= best + TOLERANCE
    assert evaluation.typical.wape <= min(metrics.wape for metrics in evaluation.baselines.values()) + TOLERANCE
