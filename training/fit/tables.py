"""The evaluation as printed: tables that fit 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quantity.model.metrics import Metrics
    from training.fit.evaluation import Evaluation

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
"""Metric to heading."""


def comparison_table(evaluation: Evaluation, champion: Metrics | None = None) -> Table:
    """Means over the windows: the model's two numbers, the champion if there is one, and the baselines."""
    rows = {"this model": evaluation.model, "its typical number": evaluation.typical}
    if champion is not None:
        rows["current champion"] = champion
    return _table(rows | evaluation.baselines)


def kinds_table(evaluation: Evaluation) -> Table:
    """The model by history length and by size of the answer, without giants, and with older features."""
    rows = {f"{length} history": metrics for length, metrics in evaluation.by_history.items()}
    rows |= {f"{size} {'case' if size == '1' else 'cases'}": metrics for size, metrics in evaluation.by_size.items()}
    rows["without giants"] = evaluation.without_giants
    rows |= {f"{days} days later": metrics for days, metrics in evaluation.frozen.items()}
    return _table(rows)


def windows_table(evaluation: Evaluation) -> Table:
    """Each window: its orders, the scores of the model and the baselines, and more of the model."""
    names = list(evaluation.baselines)
    headings = (name.removesuffix(" of the pair") for name in names)
    table = _empty("window from", "orders", "model", *headings, "wape", "bias", "cover")
    for window in evaluation.windows:
        scores = (window.model, *(window.baselines[name] for name in names))
        values = (*(metrics.score for metrics in scores), window.model.wape, window.model.bias, window.model.coverage)
        table.add_row(str(window.window.start), f"{window.orders:,}", *(f"{value:.3f}" for value in values))
    return table


def _table(rows: Mapping[str, Metrics]) -> Table:
    table = _empty("", *COLUMNS.values())
    for name, metrics in rows.items():
        values = metrics.as_dict()
        table.add_row(name, *(f"{values[key]:.3f}" if key in values else "" for key in COLUMNS))
    return table


def _empty(first: str, *headings: str) -> Table:
    table = Table(first, *headings, box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for column in table.columns[1:]:
        column.justify = "right"
    return table
