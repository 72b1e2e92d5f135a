"""The features whose distributions are compared, as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantity.features.definitions import ATTRIBUTES, FORMULAS, NUMERIC_INPUTS, ROW, SCOPES, TRANSFORMS
from quantity.features.relative import evaluate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

FEWEST_GROUPS = 50
"""A feature of fewer groups is a handful of numbers, each of them shared by many pairs: it has no distribution, and a
small change of one number moves all its pairs to another bin."""


def _scopes() -> Mapping[str, frozenset[str]]:
    """By feature, the scopes that it is computed from; none where it is the same for all pairs of a day."""
    scopes = {
        column.name: frozenset() if getattr(transform, "pooled", False) else frozenset({transform.scope})
        for transform in TRANSFORMS
        for column in transform.columns
    }
    for formula in FORMULAS:
        scopes[formula.name] = frozenset[str]().union(*(scopes[name] for name in formula.reads))
    return scopes


_SCOPES = _scopes()


def compared_features(rows: pd.DataFrame) -> tuple[str, ...]:
    """The features of a row, as the model sees it, that have a distribution; the date's have none.

    Args:
        rows: (n, ``store_id`` and `INPUTS`) of the population.
    """
    distinct = {scope for scope, key in SCOPES.items() if _groups(rows[list(key)]) >= FEWEST_GROUPS}
    return tuple(name for name in ROW if name in ATTRIBUTES or distinct & _SCOPES.get(name, frozenset()))


def _groups(keys: pd.DataFrame) -> float:
    """How many groups of one size would share the rows as these do: the inverse of Simpson's index (Hill 1973)."""
    sizes = keys.groupby(list(keys), observed=True).size().to_numpy(np.float64)
    return float(sizes.sum() ** 2 / np.square(sizes).sum()) if len(sizes) else 0.0


def columns_of(inputs: pd.DataFrame, names: Iterable[str]) -> dict[str, NDArray[np.float32] | NDArray[np.object_]]:
    """Some features of (n, `INPUTS`), each (n,): float32, or objects where it is an attribute."""
    numbers = {name: inputs[name].to_numpy(np.float32, na_value=np.nan) for name in NUMERIC_INPUTS}
    numbers |= evaluate(FORMULAS, numbers)
    return {name: inputs[name].to_numpy(object) if name in ATTRIBUTES else numbers[name] for name in names}
