"""Rolling origins: every window is answered by a model that was fitted to what was before it.

The answers to a window are, for the windows after it, orders that no tree had seen: the range and the use of
baselines are learned from them. So the model that goes into service can be fitted to the newest day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sklearn.base import clone

from quantity.model.estimates import Outcomes, joined

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from quantity.model.decision import Answers
    from quantity.model.estimates import Estimates
    from quantity.model.estimator import QuantityModel
    from training.fit.dataset import Dataset
    from training.fit.time_split import Window

CALIBRATION_WINDOWS = 4
"""At most so many of the latest windows are learned from."""


@dataclass(frozen=True)
class AnsweredWindow:
    """A window with the answers of the model that knew what was before it.

    Attributes:
        window: its days.
        rows: the positions of its orders in the data set.
        model: the model.
        estimates: what the model's trees said.
        answers: what it answered.
        frozen: days → what it answered from the history as it was so many days before each order.
    """

    window: Window
    rows: slice
    model: QuantityModel
    estimates: Estimates
    answers: Answers
    frozen: dict[int, Answers]


@dataclass(frozen=True)
class Rolled:
    """The model fitted to all orders, and what models of the same parameters answered in the windows."""

    model: QuantityModel
    windows: tuple[AnsweredWindow, ...]


def fits(data: Dataset) -> int:
    """How many models `roll` fits."""
    return len(data.split.windows) + 1


def roll(model: QuantityModel, data: Dataset, on_fit: Callable[[], None] = lambda: None) -> Rolled:
    """Fit a model for each window, then one to all orders.

    Args:
        model: the parameters; it is not fitted itself.
        data: the orders.
        on_fit: called when a model is fitted.
    """
    unseen: list[Outcomes] = []
    tested = []
    for window in data.split.windows:
        rows = data.rows(window)
        fitted = _fit(model, data, window.start, unseen)
        on_fit()
        estimates = fitted.estimate(data.X[rows])
        unseen.append(Outcomes(estimates, data.y[rows]))
        if window is not data.split.calibration:
            frozen = {days: fitted.answer(X[_within(data, rows)]) for days, X in data.frozen.items()}
            tested.append(AnsweredWindow(window, rows, fitted, estimates, fitted.decide(estimates), frozen))
    final = _fit(model, data, data.end, unseen)
    on_fit()
    return Rolled(final, tuple(tested))


def _fit(model: QuantityModel, data: Dataset, end: dt.date, unseen: list[Outcomes]) -> QuantityModel:
    outcomes = joined(unseen[-CALIBRATION_WINDOWS:]) if unseen else None
    past = data.before(end)
    fitted: QuantityModel = clone(model).fit(past.X, past.y, past.day, outcomes, sample_weight=past.weight)
    return fitted


def _within(data: Dataset, rows: slice) -> slice:
    """A window's positions among the tested orders."""
    first = data.tested.start
    return slice(rows.start - first, rows.stop - first)
