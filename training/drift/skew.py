"""Skew: logged answers beside those that training gives for the same pairs and days.

An answer is computed twice: from the features as of the date it was given as of, and from those as of the checkout date
itself, which the history has. It should be the first. Where the second is another one, the orders between the two dates
made the difference: the horizon explains it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from training.drift.answers import CASES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quantity.model.estimator import QuantityModel

COUNTS = ("compared", "same", "horizon", "differing")


@dataclass(frozen=True)
class Skew:
    """Logged answers that were computed again.

    Attributes:
        answers: the answers.
        differs: (n,) whether the answer is another one from the same features.
        horizon: (n,) whether it is the same from the same features, and another one from those of the day.
    """

    answers: pd.DataFrame
    differs: np.ndarray
    horizon: np.ndarray

    @property
    def totals(self) -> dict[str, int]:
        """By `COUNTS`, how many of all answers."""
        found = self.by_day()
        return {name: int(found[name].sum()) for name in COUNTS}

    @property
    def snapshots_of_differing(self) -> list[int]:
        """The snapshots that differing answers were given from."""
        return sorted(set(self.answers.loc[self.differs, "snapshot_id"].tolist()))

    def by_day(self) -> pd.DataFrame:
        """``day``, ``model_version`` and `COUNTS`, one row a checkout date and version."""
        counted = pd.DataFrame(
            {
                "day": self.answers["checkout_date"].to_numpy(),
                "model_version": self.answers["model_version"].to_numpy(),
                "compared": 1,
                "same": (~self.differs & ~self.horizon).astype(np.int64),
                "horizon": self.horizon.astype(np.int64),
                "differing": self.differs.astype(np.int64),
            }
        )
        return counted.groupby(["day", "model_version"], as_index=False)[list(COUNTS)].sum()


def compare_answers(
    answers: pd.DataFrame, as_given: pd.DataFrame, of_day: pd.DataFrame, models: Mapping[str, QuantityModel]
) -> Skew:
    """Compute answers again.

    Args:
        answers: (n,) logged answers of these versions.
        as_given: (n, `INPUTS`) as of the answers' as-of dates.
        of_day: (n, `INPUTS`) as of the checkout dates.
        models: by version.
    """
    given = answers[list(CASES)].to_numpy(np.int64)
    again, later = np.empty_like(given), np.empty_like(given)
    for version, model in models.items():
        rows = np.flatnonzero(answers["model_version"] == version)
        if len(rows):
            again[rows], later[rows] = (_cases(model, inputs.iloc[rows]) for inputs in (as_given, of_day))
    differs = (again != given).any(axis=1)
    return Skew(answers, differs, ~differs & (later != given).any(axis=1))


def _cases(model: QuantityModel, inputs: pd.DataFrame) -> np.ndarray:
    answered = model.answer(inputs)
    return np.column_stack([getattr(answered, name) for name in CASES]).astype(np.int64)
