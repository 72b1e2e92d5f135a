"""The sums of errors, by kind of answer: arrays in, sums out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quantity.db.monitoring_tables import BASELINE_PREFIXES

if TYPE_CHECKING:
    from collections.abc import Mapping

KIND = ("day", "model_version", "shown", "status", "history", "category")
STORE = ("day", "model_version", "shown", "store_id")


@dataclass(frozen=True)
class Answered:
    """The answers to n pairs, and what came of them; all in cases.

    Attributes:
        quantity, typical, low, high: (n,) as answered.
        ordered: (n,) NaN where the pair was not ordered.
        baselines: by name, (n,) what each baseline answers; anything where the pair was not ordered.
    """

    quantity: np.ndarray
    typical: np.ndarray
    low: np.ndarray
    high: np.ndarray
    ordered: np.ndarray
    baselines: Mapping[str, np.ndarray]


def kind_and_store_sums(keys: pd.DataFrame, answered: Answered) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The sums by `KIND` and by `STORE`, for (n, `KIND` and `STORE`) of n pairs."""
    return sums_by(keys[list(KIND)], answered), sums_by(keys[list(STORE)], answered)


def sums_by(keys: pd.DataFrame, answered: Answered) -> pd.DataFrame:
    """The sums of `quantity.db.monitoring_tables.SUMS` for each combination of keys that occurs.

    Args:
        keys: (n, k) without missing values.
        answered: the same n pairs.

    Returns:
        One row a combination: the keys and the sums, float64.
    """
    group, first = _groups(keys)
    is_ordered = ~np.isnan(answered.ordered)
    of_orders, count = group[is_ordered], len(first)
    sums: dict[str, np.ndarray] = {"predicted": np.bincount(group, minlength=count).astype(np.float64)}
    for name, values in _measures(answered, is_ordered).items():
        sums[name] = np.bincount(of_orders, weights=values, minlength=count)
    return keys.iloc[first].reset_index(drop=True).assign(**sums)


def _groups(keys: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """(n,) the number of each row's combination, and (g,) the first row of each."""
    mixed = np.zeros(len(keys), dtype=np.int64)
    for name in keys:
        codes, values = pd.factorize(keys[name])
        mixed = mixed * max(len(values), 1) + codes
    group, _ = pd.factorize(mixed)
    return group, np.flatnonzero(~pd.Series(mixed).duplicated().to_numpy())


def _measures(answered: Answered, rows: np.ndarray) -> dict[str, np.ndarray]:
    """By the name of its sum, (m,) what each of the m orders adds to it."""
    y, low, high, typical = (
        column[rows] for column in (answered.ordered, answered.low, answered.high, answered.typical)
    )
    measures: dict[str, np.ndarray] = {
        "orders": np.ones(len(y)),
        "sum_quantity": y,
        "covered": (low <= y) & (y <= high),
        "sum_range_width": high - low,
        "typical_sum_abs_error": np.abs(typical - y),
        "typical_hits": typical == y,
    }
    measures |= _errors("", answered.quantity[rows], y)
    for name, prefix in BASELINE_PREFIXES.items():
        measures |= _errors(f"{prefix}_", answered.baselines[name][rows], y)
    return measures


def _errors(prefix: str, answer: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    error = answer - y
    return {
        f"{prefix}sum_abs_error": np.abs(error),
        f"{prefix}sum_error": error,
        f"{prefix}hits": np.round(answer) == y,
    }
