"""Plots of an evaluation, for MLflow's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from training.dataset import Part
    from training.evaluation import Evaluation

mpl.rcParams["axes.spines.top"] = False
mpl.rcParams["axes.spines.right"] = False

MODEL_COLOUR, OTHER_COLOUR = "#1f6f8b", "#b9c4c9"
LARGEST_SHOWN = 24
"""Quantities above this share one bar."""


def plots(evaluation: Evaluation, test: Part) -> dict[str, Figure]:
    """File name to figure."""
    return {
        "score_beside_baselines.png": _scores(evaluation),
        "quantities_ordered_and_predicted.png": _quantities(evaluation, test),
        "totals_by_date.png": _totals(evaluation, test),
        "range_coverage_by_history.png": _coverage(evaluation),
    }


def _scores(evaluation: Evaluation) -> Figure:
    figure, axes = _figure("Score on the test window (WAPE + |bias|, lower is better)")
    metrics = {"this model": evaluation.model} | evaluation.baselines
    names = list(metrics)[::-1]
    wape, bias = [metrics[n].wape for n in names], [abs(metrics[n].bias) for n in names]
    axes.barh(names, wape, color=MODEL_COLOUR, label="WAPE")
    axes.barh(names, bias, left=wape, color="#e08e45", label="|bias|")
    for i, name in enumerate(names):
        axes.text(metrics[name].score + 0.005, i, f"{metrics[name].score:.3f}", va="center")
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2)
    return figure


def _quantities(evaluation: Evaluation, test: Part) -> Figure:
    figure, axes = _figure("Orders by quantity: ordered and predicted")
    bins = np.arange(1, LARGEST_SHOWN + 2)
    for values, colour, label, shift in (
        (test.y, OTHER_COLOUR, "ordered", -0.2),
        (evaluation.answers.quantity, MODEL_COLOUR, "predicted", 0.2),
    ):
        counts, _ = np.histogram(np.minimum(values, LARGEST_SHOWN), bins)
        axes.bar(bins[:-1] + shift, np.maximum(counts, 0.5), width=0.4, color=colour, label=label)
    axes.set_yscale("log")
    axes.set_xlabel(f"cases (the last bar: {LARGEST_SHOWN} and more)")
    axes.set_ylabel("orders")
    axes.legend(frameon=False)
    return figure


def _totals(evaluation: Evaluation, test: Part) -> Figure:
    figure, axes = _figure("Cases by checkout date: ordered and predicted")
    dates, index = np.unique(test.date, return_inverse=True)
    axes.plot(dates, np.bincount(index, weights=test.y), "o-", color=OTHER_COLOUR, label="ordered")
    predicted = np.bincount(index, weights=evaluation.answers.quantity)
    axes.plot(dates, predicted, "o-", color=MODEL_COLOUR, label="predicted")
    axes.set_ylim(bottom=0)
    axes.set_ylabel("cases")
    axes.legend(frameon=False)
    figure.autofmt_xdate()
    return figure


def _coverage(evaluation: Evaluation) -> Figure:
    figure, axes = _figure("Share of orders inside the 80 % range, by history length")
    groups = {"all": evaluation.model} | evaluation.by_history
    axes.bar(list(groups), [m.coverage for m in groups.values()], color=MODEL_COLOUR, width=0.5)
    for i, metrics in enumerate(groups.values()):
        axes.text(
            i,
            metrics.coverage + 0.01,
            f"{metrics.coverage:.3f}\nwidth {metrics.range_width:.1f}",
            ha="center",
        )
    axes.axhline(0.8, color="#e08e45", linestyle="--")
    axes.set_ylim(0, 1.1)
    return figure


def _figure(title: str) -> tuple[Figure, mpl.axes.Axes]:
    figure = Figure(figsize=(8, 4.5), dpi=120, layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, loc="left", fontsize=11)
    return figure, axes
