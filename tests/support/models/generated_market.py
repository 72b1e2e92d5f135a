"""Generated orders with packs, split by time, and a model of them."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from quantity.features.compute import compute_features
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from quantity.model.estimates import Outcomes
from quantity.model.estimator import QuantityModel
from training.fit.dataset import model_inputs
from training.sample_data.synthetic import synthetic_tables

SMALL = {"max_iter": 20, "min_samples_leaf": 20}
"""Enough to learn the generated orders."""


class Split(NamedTuple):
    """Inputs and quantities."""

    X: pd.DataFrame
    y: np.ndarray


class Market(NamedTuple):
    """Orders in time order."""

    train: Split
    calibration: Split
    test: Split


@cache
def generated_market() -> Market:
    raw = synthetic_tables(20_000)
    history = compute_features(sum_order_lines(raw.order_items), derive_entities(raw)).history
    history = history.sort_values("checkout_date", kind="stable")
    X, y = model_inputs(history), history["quantity"].to_numpy(np.float64)
    ends = [0, int(len(y) * 0.7), int(len(y) * 0.85), len(y)]
    return Market(*(Split(X.iloc[a:b], y[a:b]) for a, b in pairwise(ends)))


@cache
def generated_model() -> QuantityModel:
    """Fitted to all orders but the test's, its rule learned on the later of them."""
    train, calibration, _ = generated_market()
    unseen = Outcomes(QuantityModel(**SMALL).fit(*train).estimate(calibration.X), calibration.y)
    X, y = pd.concat([train.X, calibration.X]), np.concatenate([train.y, calibration.y])
    return QuantityModel(**SMALL).fit(X, y, unseen=unseen)
