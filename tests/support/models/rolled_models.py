"""Generated orders as a data set, and small models rolled over it."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING

from quantity.features.compute import compute_features
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from quantity.model.estimator import QuantityModel
from quantity.versions import Published
from training.fit.dataset import Dataset, cut_dataset
from training.fit.rolling import Rolled, roll
from training.sample_data.synthetic import synthetic_tables

if TYPE_CHECKING:
    import pandas as pd

CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - UTC by contract
SNAPSHOT = Published("p", 1, dt.date(2026, 1, 1), CREATED, "run", 1, 1, 1, 1, 1)


def small_model() -> QuantityModel:
    """A model that is fitted in a moment."""
    return QuantityModel(max_iter=5, max_leaf_nodes=8)


@cache
def generated_history(rows: int) -> pd.DataFrame:
    """The history of generated orders; not to be changed."""
    raw = synthetic_tables(rows)
    return compute_features(sum_order_lines(raw.order_items), derive_entities(raw)).history


@cache
def generated_dataset() -> Dataset:
    """Two tested windows of generated orders."""
    return cut_dataset(SNAPSHOT, generated_history(6000), windows=2)


@cache
def generated_rolled() -> Rolled:
    """Small models rolled over them."""
    return roll(small_model(), generated_dataset())
