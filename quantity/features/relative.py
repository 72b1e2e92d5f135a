"""Formulas over the features of one row: levels that borrow from coarser ones, and sizes relative to them.

A formula reads columns that lie before it. The history's rows are computed here, column by column; serving's
kernel evaluates the same declarations pair by pair (`quantity.online.formulas`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from quantity.features.timeline import Floats


class Formula(Protocol):
    """A declared column that is computed from others of the same row."""

    @property
    def name(self) -> str:
        """The column it makes."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns it reads."""

    def compute(self, *columns: Floats) -> Floats:
        """(n,) float64 values from the (n,) columns of `reads`, NaN where there is nothing to compute from."""


@dataclass(frozen=True)
class Shrunk:
    """A mean shrunk to a prior: (count · mean + orders · prior) / (count + orders).

    Attributes:
        name: the column it makes.
        mean: column of the mean; where it is missing the prior stands.
        count: column of the (decayed) number of orders that the mean rests on.
        orders: how many orders the prior is worth.
        prior: column of the prior, never missing; None is 0.
    """

    name: str
    mean: str
    count: str
    orders: float
    prior: str | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """Mean, count, and the prior if there is one."""
        return (self.mean, self.count) if self.prior is None else (self.mean, self.count, self.prior)

    def compute(self, *columns: Floats) -> Floats:
        """The shrunk mean, or the prior."""
        mean, count = columns[0], columns[1]
        prior = columns[2] if len(columns) > 2 else np.zeros_like(mean)  # noqa: PLR2004 - the optional third
        with np.errstate(invalid="ignore"):
            shrunk = (count * mean + self.orders * prior) / (count + self.orders)
        return np.where(np.isnan(shrunk), prior, shrunk)


@dataclass(frozen=True)
class _OfTwo:
    name: str
    left: str
    right: str

    @property
    def reads(self) -> tuple[str, ...]:
        """Both."""
        return self.left, self.right


class Sum(_OfTwo):
    """Two columns added."""

    def compute(self, *columns: Floats) -> Floats:
        """Left + right."""
        return columns[0] + columns[1]


class Difference(_OfTwo):
    """One column less another."""

    def compute(self, *columns: Floats) -> Floats:
        """Left - right."""
        return columns[0] - columns[1]


@dataclass(frozen=True)
class LogRatio:
    """How large a quantity or price is relative to a level: its logarithm less the level, itself a logarithm."""

    name: str
    amount: str
    level: str

    @property
    def reads(self) -> tuple[str, ...]:
        """The amount and the level."""
        return self.amount, self.level

    def compute(self, *columns: Floats) -> Floats:
        """log(amount) - level; missing where the amount is not positive."""
        positive = np.where(columns[0] > 0, columns[0], np.nan)
        return np.log(positive) - columns[1]


def evaluate(formulas: Iterable[Formula], columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The (n,) float32 column of each formula, from (n,) columns.

    Every column is rounded to float32 before it is read: the precision of serving's memory, so that training
    and serving compute with the same numbers.
    """
    rounded: dict[str, np.ndarray] = {}

    def of(name: str) -> Floats:
        if name not in rounded:
            rounded[name] = np.asarray(columns[name]).astype(np.float32)
        return rounded[name].astype(np.float64)

    made = {}
    for formula in formulas:
        values = formula.compute(*(of(name) for name in formula.reads))
        made[formula.name] = rounded[formula.name] = values.astype(np.float32)
    return made
