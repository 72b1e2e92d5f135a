"""The model beside LightGBM and XGBoost with its defaults: same features, same split, same decision by score.

Run it with `make bench-models` after `make run` (it reads the published features).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import lightgbm
import numpy as np
import xgboost
from rich.console import Console
from rich.table import Table

from quantity.db.engine import connect
from quantity.model.baselines import baseline_predictions
from quantity.model.encoding import FeatureEncoder
from quantity.model.estimator import QuantityModel
from quantity.model.metrics import evaluate
from quantity.settings import Settings
from training.dataset import read_dataset

if TYPE_CHECKING:
    from training.dataset import Dataset


def this_model(data: Dataset) -> np.ndarray:
    """The project's model, calibrated."""
    model = QuantityModel()
    model.fit(data.train.X, data.train.y, data.calibration.X, data.calibration.y)
    return model.predict(data.test.X)


def lightgbm_poisson(data: Dataset) -> np.ndarray:
    """LightGBM's mean with its defaults, rounded."""
    encoder = FeatureEncoder().fit(data.train.X)
    model = lightgbm.LGBMRegressor(objective="poisson", n_jobs=2, verbose=-1)
    model.fit(encoder.transform(data.train.X), data.train.y)
    return rounded(np.asarray(model.predict(encoder.transform(data.test.X))))


def xgboost_defaults(data: Dataset) -> np.ndarray:
    """XGBoost with its defaults, as the predecessor of this system had it, rounded."""
    encoder = FeatureEncoder().fit(data.train.X)
    model = xgboost.XGBRegressor(n_jobs=2)
    model.fit(encoder.transform(data.train.X), data.train.y)
    return rounded(np.asarray(model.predict(encoder.transform(data.test.X))))


def rounded(predicted: np.ndarray) -> np.ndarray:
    """Whole cases, at least one: an order quantity."""
    whole: np.ndarray = np.maximum(np.round(predicted), 1.0)
    return whole


def main() -> None:
    """Fit, evaluate and print."""
    engine = connect(Settings().database_url)
    data = read_dataset(engine)
    engine.dispose()
    contenders = {
        "this model": this_model,
        "LightGBM, Poisson, defaults": lightgbm_poisson,
        "XGBoost, defaults": xgboost_defaults,
    }
    table = Table("", "score", "WAPE", "bias", "hits", "fit + predict, s", title=f"{len(data.test.y):,} test orders")
    for name, contender in contenders.items():
        began = time.perf_counter()
        predicted = contender(data)
        add(table, name, data.test.y, predicted, f"{time.perf_counter() - began:.0f}")
    for name, predicted in baseline_predictions(data.test.X).items():
        add(table, name, data.test.y, predicted, "")
    Console(width=100).print(table)


def add(table: Table, name: str, y: np.ndarray, predicted: np.ndarray, cost: str) -> None:
    """One contender's row."""
    metrics = evaluate(y, predicted)
    values = (metrics.score, metrics.wape, metrics.bias, metrics.hit_rate)
    table.add_row(name, *(f"{value:.4f}" for value in values), cost)


if __name__ == "__main__":
    main()
