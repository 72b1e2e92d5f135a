"""The model beside the baselines, and the champion, on the same test window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table

from quantity.model.baselines import baseline_predictions
from quantity.model.metrics import Metrics, evaluate, evaluate_by_history

if TYPE_CHECKING:
    from quantity.model.estimator import Answers, QuantityModel
    from training.dataset import Part

HISTORY_COLUMN = "cnt_store_product"


@dataclass(frozen=True)
class Evaluation:
    """How the model and the baselines do on a test window.

    Attributes:
        answers: the model's, by order.
        model: the model's metrics.
        by_history: the model's metrics by history length.
        baselines: each baseline's metrics.
    """

    answers: Answers
    model: Metrics
    by_history: dict[str, Metrics]
    baselines: dict[str, Metrics]


def evaluate_model(model: QuantityModel, test: Part) -> Evaluation:
    """Evaluate a model and the baselines on a test window."""
    answers = model.answer(test.X)
    ranged = (test.y, answers.quantity, answers.low, answers.high)
    orders = test.X[HISTORY_COLUMN].to_numpy(np.float64)
    predicted = baseline_predictions(test.X)
    return Evaluation(
        answers=answers,
        model=evaluate(*ranged),
        by_history=evaluate_by_history(orders, *ranged),
        baselines={name: evaluate(test.y, answer) for name, answer in predicted.items()},
    )


COLUMNS = {
    "score": "score",
    "wape": "wape",
    "bias": "bias",
    "mae": "mae",
    "rmse": "rmse",
    "hit_rate": "hits",
    "poisson_deviance": "poisson",
    "coverage": "cover",
    "range_width": "width",
}
"""The printed table's columns: metric to heading."""


def comparison_table(evaluation: Evaluation, champion: Metrics | None) -> Table:
    """The model, the champion if there is one, and the baselines, a row each; it fits 80 columns."""
    rows = {"this model": evaluation.model}
    if champion is not None:
        rows["current champion"] = champion
    rows |= evaluation.baselines
    rows |= {f"model, {length} history": metrics for length, metrics in evaluation.by_history.items()}
    table = Table("", *COLUMNS.values(), box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for column in table.columns[1:]:
        column.justify = "right"
    for name, metrics in rows.items():
        values = metrics.as_dict()
        table.add_row(name, *(f"{values[key]:.3f}" if key in values else "" for key in COLUMNS))
    return table


def metrics_to_log(evaluation: Evaluation) -> dict[str, float]:
    """Everything measured, under the names MLflow keeps it by."""
    groups = {"test": evaluation.model}
    groups |= {f"test_history_{length}": metrics for length, metrics in evaluation.by_history.items()}
    groups |= {f"baseline_{name.replace(' ', '_')}": metrics for name, metrics in evaluation.baselines.items()}
    return {f"{group}_{name}": value for group, metrics in groups.items() for name, value in metrics.as_dict().items()}
