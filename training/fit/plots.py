"""Plots of an evaluation, for MLflow's pages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter

from quantity.model.history import HISTORY_LENGTHS
from quantity.model.metrics import evaluate
from quantity.model.segments import SIZES, size_group
from training.fit.importance import importance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.fit.dataset import Dataset
    from training.fit.evaluation import Evaluation
    from training.fit.rolling import AnsweredWindow, Rolled

mpl.rcParams["axes.spines.top"] = False
mpl.rcParams["axes.spines.right"] = False

MODEL_COLOUR, OTHER_COLOUR, ACCENT = "#1f6f8b", "#b9c4c9", "#e08e45"
RISES = np.arange(-0.4, 1.61, 0.2)
CURVE_ORDERS = 20_000
"""So many orders of a window are enough to see how level and score go together."""

WORST = 12
IMPORTANT = 20


def plots(rolled: Rolled, data: Dataset, evaluation: Evaluation) -> dict[str, Figure]:
    """File name to figure."""
    tested = Tested(data, rolled.windows)
    return {
        "score_beside_baselines.png": _scores(evaluation),
        "score_by_window.png": _windows(evaluation),
        "ordered_and_predicted.png": _density(tested),
        "totals_by_date.png": _totals(tested),
        "error_by_history_and_size.png": _errors(tested),
        "coverage_by_size_and_week.png": _coverage(tested, evaluation),
        "level_between_median_and_upper.png": _level(rolled, data),
        "worst_products_and_stores.png": _worst(tested),
        "importance.png": _importance(rolled, data),
    }


class Tested:
    """All tested orders, one after the other: ordered, answered, and of what kind."""

    def __init__(self, data: Dataset, windows: Sequence[AnsweredWindow]) -> None:
        self.y = np.concatenate([data.y[w.rows] for w in windows])
        self.date = np.concatenate([data.date[w.rows] for w in windows])
        self.store_id = np.concatenate([data.store_id[w.rows] for w in windows])
        self.product_id = np.concatenate([w.estimates.product_id for w in windows])
        self.history = np.concatenate([w.estimates.history for w in windows])
        self.quantity = np.concatenate([w.answers.quantity for w in windows])
        covered = [(w.answers.low <= data.y[w.rows]) & (data.y[w.rows] <= w.answers.high) for w in windows]
        self.covered = np.concatenate(covered)


def _scores(evaluation: Evaluation) -> Figure:
    figure, axes = _figure("Mean score over the windows (WAPE + |bias|, lower is better)")
    metrics = {"this model": evaluation.model, "its typical number": evaluation.typical} | evaluation.baselines
    names = list(metrics)[::-1]
    wape = np.array([metrics[name].wape for name in names])
    score = np.array([metrics[name].score for name in names])
    axes.barh(names, wape, color=MODEL_COLOUR, label="WAPE")
    axes.barh(names, score - wape, left=wape, color=ACCENT, label="|bias|")
    for i, value in enumerate(score):
        axes.text(value + 0.005, i, f"{value:.3f}", va="center")
    axes.margins(x=0.1)
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2)
    return figure


def _windows(evaluation: Evaluation) -> Figure:
    figure, axes = _figure("Score by window (WAPE + |bias|, lower is better)")
    starts = [str(window.window.start) for window in evaluation.windows]
    for name in evaluation.baselines:
        axes.plot(starts, [w.baselines[name].score for w in evaluation.windows], "o--", label=name, alpha=0.6)
    axes.plot(
        starts, [w.model.score for w in evaluation.windows], "o-", color=MODEL_COLOUR, linewidth=3, label="this model"
    )
    axes.set_ylim(bottom=0)
    axes.set_xlabel("first day of the window")
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=4)
    return figure


def _density(tested: Tested) -> Figure:
    figure, axes = _figure("Ordered and predicted cases: how many orders", size=(7, 6))
    top = max(float(tested.y.max()), float(tested.quantity.max()), 2.0)
    axes.plot([1, top], [1, top], color=ACCENT, linewidth=1)
    # Whole numbers lie on top of each other: a little noise shows how many there are.
    noise = np.random.default_rng(0).uniform(-0.4, 0.4, (2, len(tested.y)))
    shown = axes.hexbin(
        tested.y + noise[0],
        tested.quantity + noise[1],
        xscale="log",
        yscale="log",
        bins="log",
        gridsize=45,
        mincnt=1,
        cmap="viridis",
    )
    figure.colorbar(shown, ax=axes, label="orders")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else ""))
    axes.set_xlabel("ordered")
    axes.set_ylabel("predicted")
    return figure


def _totals(tested: Tested) -> Figure:
    figure, axes = _figure("Cases by checkout date: ordered and predicted")
    dates, index = np.unique(tested.date, return_inverse=True)
    axes.plot(dates, np.bincount(index, weights=tested.y), "o-", color=OTHER_COLOUR, label="ordered")
    axes.plot(dates, np.bincount(index, weights=tested.quantity), "o-", color=MODEL_COLOUR, label="predicted")
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_ylabel("cases")
    axes.legend(frameon=False)
    figure.autofmt_xdate()
    return figure


def _errors(tested: Tested) -> Figure:
    figure, axes = _figure("WAPE and bias by history length and size of the answer")
    size = size_group(tested.quantity)
    table = np.full((len(HISTORY_LENGTHS), len(SIZES)), np.nan)
    for i, j in np.ndindex(table.shape):
        of = (tested.history == i) & (size == j)
        if of.any():
            metrics = evaluate(tested.y[of], tested.quantity[of])
            table[i, j] = metrics.wape
            text = f"{metrics.wape:.2f}\n{metrics.bias:+.2f}\n{of.sum():,}"
            axes.text(j, i, text, ha="center", va="center", fontsize=9)
    shown = axes.imshow(table, cmap="YlOrBr", vmin=0, vmax=max(1.0, float(np.nanmax(table))), aspect="auto", alpha=0.6)
    axes.set_xticks(range(len(SIZES)), SIZES)
    axes.set_yticks(range(len(HISTORY_LENGTHS)), HISTORY_LENGTHS)
    axes.set_xlabel("cases answered (in each cell: WAPE, bias, orders)")
    axes.set_ylabel("history of the pair")
    figure.colorbar(shown, ax=axes, label="WAPE")
    return figure


def _coverage(tested: Tested, evaluation: Evaluation) -> Figure:
    figure = Figure(figsize=(9, 4.5), dpi=120, layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    figure.suptitle("Share of orders inside the 80 % range", x=0.01, ha="left", fontsize=11)
    sizes = evaluation.by_size
    left.bar(list(sizes), [metrics.coverage for metrics in sizes.values()], color=MODEL_COLOUR, width=0.6)
    for i, metrics in enumerate(sizes.values()):
        left.text(i, 0.03, f"{metrics.coverage:.2f}", ha="center", fontsize=9, color="white")
    left.set_xlabel("cases answered")
    week = tested.date.astype("datetime64[W]")
    weeks, index = np.unique(week, return_inverse=True)
    right.plot(weeks.astype("datetime64[D]"), np.bincount(index, weights=tested.covered) / np.bincount(index), "o-")
    right.lines[0].set_color(MODEL_COLOUR)
    right.set_xlabel("week")
    right.tick_params(axis="x", rotation=30)
    for axes in (left, right):
        axes.axhline(0.8, color=ACCENT, linestyle="--")
        axes.set_ylim(0, 1.05)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    return figure


def _level(rolled: Rolled, data: Dataset) -> Figure:
    figure, axes = _figure("One level for all orders: score, WAPE and bias by how far it lies above the median")
    curves = np.mean([_curve(window, data) for window in rolled.windows], axis=0)
    for values, label, colour in zip(
        curves.T, ("score", "WAPE", "bias"), (MODEL_COLOUR, OTHER_COLOUR, ACCENT), strict=True
    ):
        axes.plot(RISES, values, "o-", color=colour, label=label)
    axes.axhline(0, color="black", linewidth=0.5)
    for window in rolled.windows:
        axes.axvline(window.model.rule_.rise, color=MODEL_COLOUR, linestyle=":", alpha=0.6)
    axes.set_xlabel("0: the median; 1: the upper quantile. Dotted: what each window's model chose beforehand")
    axes.legend(frameon=False)
    return figure


def _curve(window: AnsweredWindow, data: Dataset) -> np.ndarray:
    """(r, 3) score, WAPE and bias of a window by `RISES`."""
    some = slice(None, None, max(len(window.estimates) // CURVE_ORDERS, 1))
    y, estimates = data.y[window.rows][some], window.estimates[some]
    rule, packs = window.model.rule_, window.model.packs_
    curve = [evaluate(y, replace(rule, rise=float(rise)).quantity(estimates, packs)) for rise in RISES]
    return np.array([(metrics.score, metrics.wape, metrics.bias) for metrics in curve])


def _worst(tested: Tested) -> Figure:
    figure = Figure(figsize=(10, 5), dpi=120, layout="constrained")
    figure.suptitle("Where most cases are missed: absolute error, too few and too many", x=0.01, ha="left", fontsize=11)
    for axes, name, ids in zip(
        figure.subplots(1, 2), ("product", "store"), (tested.product_id, tested.store_id), strict=True
    ):
        known, index = np.unique(ids, return_inverse=True)
        error = tested.quantity - tested.y
        few = np.bincount(index, weights=np.maximum(-error, 0))
        many = np.bincount(index, weights=np.maximum(error, 0))
        worst = np.argsort(few + many)[-WORST:]
        labels = [f"{name} {known[i]}" for i in worst]
        axes.barh(labels, few[worst], color=MODEL_COLOUR, label="too few")
        axes.barh(labels, many[worst], left=few[worst], color=ACCENT, label="too many")
        total = np.bincount(index, weights=tested.y)
        for place, i in enumerate(worst):
            share = (few[i] + many[i]) / total[i]
            axes.text(few[i] + many[i], place, f" WAPE {share:.2f}", va="center", fontsize=8)
        axes.margins(x=0.2)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.set_xlabel("cases")
        axes.legend(frameon=False, loc="lower right")
    return figure


def _importance(rolled: Rolled, data: Dataset) -> Figure:
    figure, axes = _figure("Rise of the median's log error when a feature is shuffled", size=(8, 6))
    newest = rolled.windows[-1]
    rises = importance(newest.model, data.X[newest.rows], data.y[newest.rows])
    top = sorted(rises, key=lambda name: rises[name])[-IMPORTANT:]
    axes.barh(top, [rises[name] for name in top], color=MODEL_COLOUR)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
    return figure


def _figure(title: str, size: tuple[float, float] = (8, 4.5)) -> tuple[Figure, mpl.axes.Axes]:
    figure = Figure(figsize=size, dpi=120, layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, loc="left", fontsize=11)
    return figure, axes
