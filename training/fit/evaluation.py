"""The model beside the baselines on every window, by kind of order, without giants, and with older features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantity.model.baselines import BASELINES
from quantity.model.history import HISTORY_LENGTHS
from quantity.model.metrics import Metrics, evaluate, mean_metrics
from quantity.model.segments import SIZES, size_group

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from quantity.model.decision import Answers
    from training.fit.dataset import Dataset
    from training.fit.rolling import AnsweredWindow
    from training.fit.time_split import Window

GIANT_SHARE = 1e-4
"""The share of the orders that are left out, the largest first, to see what a few of them do; at least one."""


@dataclass(frozen=True)
class WindowMetrics:
    """How the model and the baselines do on one window.

    Attributes:
        window: its days.
        orders: how many orders it has.
        cases: how many cases they are together.
        model: metrics of the unbiased quantities and their ranges.
        typical: metrics of the typical quantities.
        baselines: by name.
        without_giants: metrics of the model without the largest orders.
        frozen: days → metrics of the model with the history as it was so many days before each order.
    """

    window: Window
    orders: int
    cases: float
    model: Metrics
    typical: Metrics
    baselines: dict[str, Metrics]
    without_giants: Metrics
    frozen: dict[int, Metrics]


@dataclass(frozen=True)
class Evaluation:
    """How the model and the baselines do on all windows.

    Attributes:
        windows: oldest first.
        by_history: the model's metrics by history length, over the orders of all windows.
        by_size: the same by the size of the answer.
    """

    windows: tuple[WindowMetrics, ...]
    by_history: dict[str, Metrics]
    by_size: dict[str, Metrics]

    @property
    def model(self) -> Metrics:
        """The model's mean metrics: the ones that decide."""
        return mean_metrics([window.model for window in self.windows])

    @property
    def typical(self) -> Metrics:
        """The mean metrics of the typical quantities."""
        return mean_metrics([window.typical for window in self.windows])

    @property
    def baselines(self) -> dict[str, Metrics]:
        """Each baseline's mean metrics."""
        return {name: mean_metrics([window.baselines[name] for window in self.windows]) for name in BASELINES}

    @property
    def without_giants(self) -> Metrics:
        """The model's mean metrics without the largest orders."""
        return mean_metrics([window.without_giants for window in self.windows])

    @property
    def frozen(self) -> dict[int, Metrics]:
        """The model's mean metrics with older features, by days."""
        horizons = self.windows[0].frozen
        return {days: mean_metrics([window.frozen[days] for window in self.windows]) for days in horizons}

    @property
    def spread(self) -> float:
        """The standard deviation of the model's score over the windows; 0 with one window."""
        return float(np.std([window.model.score for window in self.windows]))


def evaluate_windows(data: Dataset, tested: Sequence[AnsweredWindow]) -> Evaluation:
    """Evaluate the answers of rolled models."""
    history = np.concatenate([window.estimates.history for window in tested])
    size = size_group(np.concatenate([window.answers.quantity for window in tested]))
    return Evaluation(
        windows=tuple(_evaluate(data, window) for window in tested),
        by_history=dict(_by_kind(HISTORY_LENGTHS, history, data, tested)),
        by_size=dict(_by_kind(SIZES, size, data, tested)),
    )


def _evaluate(data: Dataset, tested: AnsweredWindow) -> WindowMetrics:
    y, answers = data.y[tested.rows], tested.answers
    baselines = tested.estimates.baselines.T
    usual = np.ones(len(y), dtype=bool)
    usual[np.argsort(y, kind="stable")[-max(round(GIANT_SHARE * len(y)), 1) :]] = len(y) == 1
    return WindowMetrics(
        window=tested.window,
        orders=len(y),
        cases=float(y.sum()),
        model=metrics_of(y, answers),
        typical=evaluate(y, answers.typical),
        baselines={name: evaluate(y, answer) for name, answer in zip(BASELINES, baselines, strict=True)},
        without_giants=metrics_of(y, answers, usual),
        frozen={days: metrics_of(y, old) for days, old in tested.frozen.items()},
    )


def metrics_of(y: np.ndarray, answers: Answers, rows: np.ndarray | slice = slice(None)) -> Metrics:
    """The metrics of the unbiased quantities and their ranges for some of n orders."""
    return evaluate(y[rows], answers.quantity[rows], answers.low[rows], answers.high[rows])


def _by_kind(
    names: Sequence[str], kind: np.ndarray, data: Dataset, tested: Sequence[AnsweredWindow]
) -> Iterator[tuple[str, Metrics]]:
    columns = [
        np.concatenate([data.y[window.rows] for window in tested]),
        *(np.concatenate([getattr(window.answers, name) for window in tested]) for name in ("quantity", "low", "high")),
    ]
    for index, name in enumerate(names):
        if (of := kind == index).any():
            yield name, evaluate(*(column[of] for column in columns))


def window_metric(window: WindowMetrics, name: str) -> str:
    """The name that MLflow keeps a window's metric by."""
    return f"window_{window.window.start}_{name}"


def metrics_to_log(evaluation: Evaluation) -> dict[str, float]:
    """Everything measured, under the names MLflow keeps it by."""
    groups = {"test": evaluation.model, "typical": evaluation.typical, "test_without_giants": evaluation.without_giants}
    groups |= {f"baseline_{name.replace(' ', '_')}": metrics for name, metrics in evaluation.baselines.items()}
    groups |= {f"test_history_{length}": metrics for length, metrics in evaluation.by_history.items()}
    groups |= {f"test_size_{size.replace('+', '_up')}": metrics for size, metrics in evaluation.by_size.items()}
    groups |= {f"test_{days}_days_later": metrics for days, metrics in evaluation.frozen.items()}
    logged = {
        f"{group}_{name}": value for group, metrics in groups.items() for name, value in metrics.as_dict().items()
    }
    for window in evaluation.windows:
        of_window = window.model.as_dict() | {"orders": float(window.orders), "cases": window.cases}
        logged |= {window_metric(window, name): value for name, value in of_window.items()}
    return logged | {"test_score_spread": evaluation.spread}
