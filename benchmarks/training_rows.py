"""What a cap on the training's orders costs: models of samples beside the model of all, on the same tested orders.

Run it with `make bench-training-rows` after `make run` (it reads the published features).
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.base import clone

from quantity.db.engine import connect
from quantity.db.read import read_table
from quantity.db.snapshots import published
from quantity.db.tables import replaced_tables
from quantity.features.definitions import INPUTS
from quantity.model.estimates import Outcomes, joined
from quantity.model.estimator import QuantityModel
from quantity.model.metrics import Metrics, evaluate, mean_metrics
from quantity.settings import Settings
from training.fit.dataset import KEYS, cut_dataset
from training.fit.evaluation import metrics_of
from training.fit.rolling import CALIBRATION_WINDOWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.fit.dataset import Dataset

PARTS = (1, 2, 4, 8)


def main(argv: Sequence[str] | None = None) -> int:
    """Fit, evaluate and print."""
    parser = argparse.ArgumentParser(prog="bench-training-rows", description=__doc__)
    parser.add_argument("--parts", type=int, nargs="+", default=PARTS, help="read all orders, a half, …")
    parser.add_argument("--seeds", type=int, default=1, help="models of each, with other random numbers")
    options = parser.parse_args(argv)
    engine = connect(Settings().database_url)
    snapshot = published(engine)
    if snapshot is None:
        parser.error("no features are published yet: `make run` publishes some")
    frame = read_table(engine, replaced_tables()["features"], (*KEYS, *INPUTS[1:]))
    engine.dispose()
    everything = cut_dataset(snapshot, frame)
    table = Table("orders read", "score", "its range", "WAPE", "bias", "hits", "coverage", "typical: WAPE, hits", "s")
    for part in options.parts:
        data = cut_dataset(snapshot, frame, most_rows=len(frame) // part)
        began = time.perf_counter()
        found = [tested(QuantityModel(random_state=seed), data, everything) for seed in range(options.seeds)]
        seconds = (time.perf_counter() - began) / options.seeds
        add(table, f"{len(data.y) + len(data.newest.y):,} (1/{part})", found, seconds)
    Console(width=140).print(table)
    return 0


def tested(model: QuantityModel, data: Dataset, everything: Dataset) -> tuple[Metrics, Metrics]:
    """Metrics of the quantities and of the typical ones, mean over the windows of all orders."""
    unseen: list[Outcomes] = []
    measured = []
    for window in data.split.windows:
        past, rows, all_rows = data.before(window.start), data.rows(window), everything.rows(window)
        known = joined(unseen[-CALIBRATION_WINDOWS:]) if unseen else None
        fitted = clone(model).fit(past.X, past.y, past.day, known, sample_weight=past.weight)
        unseen.append(Outcomes(fitted.estimate(data.X[rows]), data.y[rows]))
        if window in data.split.tests:
            answers, y = fitted.answer(everything.X[all_rows]), everything.y[all_rows]
            measured.append((metrics_of(y, answers), evaluate(y, answers.typical)))
    quantity, typical = zip(*measured, strict=True)
    return mean_metrics(quantity), mean_metrics(typical)


def add(table: Table, name: str, found: list[tuple[Metrics, Metrics]], seconds: float) -> None:
    """A row of means over seeds, with the range of their scores."""
    quantity, typical = (mean_metrics(of) for of in zip(*found, strict=True))
    scores = [one.score for one, _ in found]
    values = (quantity.score, np.ptp(scores), quantity.wape, quantity.bias, quantity.hit_rate, quantity.coverage)
    typicals = f"{typical.wape:.4f}, {typical.hit_rate:.4f}"
    table.add_row(name, *(f"{value:.4f}" for value in values), typicals, f"{seconds:.0f}")


if __name__ == "__main__":
    sys.exit(main())
