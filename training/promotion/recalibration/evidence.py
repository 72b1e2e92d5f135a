"""A model whose range follows newer orders, and what that does to days that it does not follow yet."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantity.model.decision import recalibrated_rule
from quantity.model.estimates import Outcomes
from training.fit.evaluation import metrics_of

if TYPE_CHECKING:
    from quantity.model.estimator import QuantityModel
    from quantity.model.metrics import Metrics
    from training.promotion.recalibration.unseen import Orders

MOST_DAYS = 56
"""A range follows the orders of so many days at most, in days."""

FEWEST_ORDERS = 1_000
"""With fewer orders a range is not learned again."""

NOTICEABLE = 0.01
CERTAINTY = 2.0
"""The coverage has to come nearer to the wanted one by so much, and by so many standard errors of a coverage."""


class TooFewOrdersError(ValueError):
    """There are too few orders to learn a range from."""


@dataclass(frozen=True)
class Recalibration:
    """A model with another range.

    Attributes:
        model: its range follows all the orders.
        since, until: the first day of the orders, and their last.
        orders: how many they are.
        tested_from: the first day of the later half of the days. The model's own range, and one that follows the
            earlier half, are compared on it.
        tested: how many orders the later half has.
        before: metrics of the model's own range on the later half.
        after: of the range that follows the earlier half, on the later half.
    """

    model: QuantityModel
    since: np.datetime64
    until: np.datetime64
    orders: int
    tested_from: np.datetime64
    tested: int
    before: Metrics
    after: Metrics

    @property
    def helps(self) -> bool:
        """Whether the coverage came nearer to the wanted one by more than its noise."""
        wanted = self.model.coverage
        nearer = abs(self.before.coverage - wanted) - abs(self.after.coverage - wanted)
        noise = math.sqrt(wanted * (1 - wanted) / self.tested)
        return nearer >= max(NOTICEABLE, CERTAINTY * noise)

    def __str__(self) -> str:
        return (
            f"{self.orders:,} orders of {self.since} to {self.until}; a range that follows those before "
            f"{self.tested_from} covers {self.after.coverage:.1%} of the later ones, the present one "
            f"{self.before.coverage:.1%}, {self.model.coverage:.0%} are wanted; mean width "
            f"{self.after.range_width:.1f} cases, {self.before.range_width:.1f} at present"
        )


def recalibrate(model: QuantityModel, orders: Orders) -> Recalibration:
    """Learn a model's range again, and test that on the later half of the days.

    Args:
        model: a fitted model; it stays as it is.
        orders: those that it was not fitted to.

    Raises:
        TooFewOrdersError: there are fewer than `FEWEST_ORDERS`, or all are of one day.
    """
    days = np.unique(orders.date)
    if len(orders.y) < FEWEST_ORDERS or len(days) == 1:
        raise TooFewOrdersError(_too_few(len(orders.y), len(days)))
    tested_from = days[len(days) // 2]
    middle = int(np.searchsorted(orders.date, tested_from))
    outcomes = Outcomes(model.estimate(orders.X), orders.y)
    earlier, later = _part(outcomes, slice(middle)), _part(outcomes, slice(middle, None))
    return Recalibration(
        model=following(model, outcomes),
        since=days[0],
        until=days[-1],
        orders=len(outcomes),
        tested_from=tested_from,
        tested=len(later),
        before=_metrics(model, later),
        after=_metrics(following(model, earlier), later),
    )


def following(model: QuantityModel, outcomes: Outcomes) -> QuantityModel:
    """A copy of a model whose range follows some orders."""
    copied = copy.copy(model)
    copied.rule_ = recalibrated_rule(model.rule_, outcomes, model.packs_, model.coverage)
    return copied


def _metrics(model: QuantityModel, outcomes: Outcomes) -> Metrics:
    return metrics_of(outcomes.y, model.decide(outcomes.estimates))


def _part(outcomes: Outcomes, rows: slice) -> Outcomes:
    return Outcomes(outcomes.estimates[rows], outcomes.y[rows])


def _too_few(orders: int, days: int) -> str:
    needed = f"a range is learned again from {FEWEST_ORDERS:,} orders of two days at least"
    return f"{needed}, and there are {orders:,} of {days}"
