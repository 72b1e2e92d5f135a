"""The model beside other trees on the same features: window by window, each fitted to what was before.

Run it with `make bench-models` after `make run` (it reads the published features).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import lightgbm
import numpy as np
import xgboost
from rich.console import Console
from rich.table import Table

from quantity.db.engine import connect
from quantity.features.definitions import FEATURES, ROW
from quantity.model.encoding import FeatureEncoder
from quantity.model.estimator import QuantityModel
from quantity.model.metrics import Metrics, evaluate, mean_metrics
from quantity.model.trees import Trees
from quantity.settings import Settings
from training.fit.dataset import read_dataset
from training.fit.evaluation import evaluate_windows
from training.fit.rolling import roll

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.fit.dataset import Dataset

COLUMNS = [ROW.index(name) for name in FEATURES]


class LightGbmTrees(Trees):
    """LightGBM's quantile trees in the place of scikit-learn's: 200 of 63 leaves."""

    def fit(
        self, matrix: np.ndarray, target: np.ndarray, columns: np.ndarray, weight: np.ndarray | None = None
    ) -> LightGbmTrees:
        """As `Trees.fit`."""
        self.columns_ = columns
        self.regressor_ = lightgbm.LGBMRegressor(
            objective="quantile",
            alpha=self.level,
            n_estimators=200,
            num_leaves=63,
            learning_rate=0.05,
            colsample_bytree=0.3,
            min_child_samples=60,
            n_jobs=2,
            verbose=-1,
        )
        self.regressor_.fit(self._select(matrix), target, sample_weight=weight)
        return self


class LightGbmModel(QuantityModel):
    """This project's model with LightGBM's trees: how much stronger trees would gain."""

    def _grow(self, level: float, matrix: np.ndarray, target: np.ndarray, weight: np.ndarray | None) -> Trees:
        return LightGbmTrees(level, {}).fit(matrix, target, np.array(COLUMNS), weight)


@dataclass(frozen=True)
class Mean:
    """Trees for the mean of the cases, rounded: no levels, no balance, no packs."""

    regressor: Callable[[], lightgbm.LGBMRegressor | xgboost.XGBRegressor]

    def by_window(self, data: Dataset) -> list[Metrics]:
        """Metrics on each tested window."""
        measured = []
        for window in data.split.tests:
            rows = data.rows(window)
            encoder = FeatureEncoder().fit(data.X[: rows.start])
            model = self.regressor()
            model.fit(encoder.transform(data.X[: rows.start])[:, COLUMNS], data.y[: rows.start])
            predicted = np.asarray(model.predict(encoder.transform(data.X[rows])[:, COLUMNS]))
            measured.append(evaluate(data.y[rows], np.maximum(np.round(predicted), 1.0)))
        return measured


def main() -> None:
    """Fit, evaluate and print."""
    engine = connect(Settings().database_url)
    data = read_dataset(engine)
    engine.dispose()
    table = Table("", "score", "WAPE", "bias", "hits", "fit + predict, s", title=f"{len(data.y[data.tested]):,} orders")
    for name, model in {"this model": QuantityModel(), "the same with LightGBM's trees": LightGbmModel()}.items():
        began = time.perf_counter()
        evaluation = evaluate_windows(data, roll(model, data).windows)
        add(table, name, evaluation.model, f"{time.perf_counter() - began:.0f}")
        add(table, f"{name}, typical number", evaluation.typical, "")
    means = {
        "LightGBM, Poisson mean": lambda: lightgbm.LGBMRegressor(objective="poisson", n_jobs=2, verbose=-1),
        "XGBoost, defaults": lambda: xgboost.XGBRegressor(n_jobs=2),
    }
    for name, regressor in means.items():
        began = time.perf_counter()
        measured = mean_metrics(Mean(regressor).by_window(data))
        add(table, name, measured, f"{time.perf_counter() - began:.0f}")
    for name, metrics in evaluation.baselines.items():
        add(table, name, metrics, "")
    Console(width=110).print(table)


def add(table: Table, name: str, metrics: Metrics, cost: str) -> None:
    """One contender's row."""
    values = (metrics.score, metrics.wape, metrics.bias, metrics.hit_rate)
    table.add_row(name, *(f"{value:.4f}" for value in values), cost)


if __name__ == "__main__":
    main()
