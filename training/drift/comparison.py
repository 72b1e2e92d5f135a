"""How far a population's features are from those of its reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quantity.features.definitions import ROW
from training.drift.bins import Distribution
from training.drift.features import columns_of
from training.quality.stability import index_of_counts

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from training.drift.reference import Population

FEWEST_PAIRS = 500
"""Of fewer pairs, shares say too little: the index of two samples of 500 of the same population is 0.04."""


@dataclass(frozen=True)
class FeatureDrift:
    """A feature beside its reference.

    Attributes:
        feature: its name.
        stability_index: the population stability index, missing values as a bin of their own.
        missing: the share of missing values.
        reference_missing: that of the reference.
    """

    feature: str
    stability_index: float
    missing: float
    reference_missing: float


@dataclass(frozen=True)
class Compared:
    """A population beside its reference.

    Attributes:
        pairs: how many were looked at.
        drifts: of each feature, the most drifted first; none where there are fewer than `FEWEST_PAIRS` pairs.
    """

    pairs: int
    drifts: tuple[FeatureDrift, ...]

    @property
    def is_judged(self) -> bool:
        """Whether there are enough pairs."""
        return self.pairs >= FEWEST_PAIRS


def compare(reference: Population, inputs: pd.DataFrame) -> Compared:
    """Compare the features of (n, `INPUTS`) that the reference has."""
    if len(inputs) < FEWEST_PAIRS:
        return Compared(len(inputs), ())
    columns = columns_of(inputs, [name for name in ROW if name in reference.features])
    drifts = [_drift(name, reference.features[name], values) for name, values in columns.items()]
    return Compared(len(inputs), tuple(sorted(drifts, key=lambda drift: (-drift.stability_index, drift.feature))))


def _drift(name: str, before: Distribution, values: np.ndarray) -> FeatureDrift:
    now = Distribution(before.bins, before.bins.count(values))
    return FeatureDrift(name, index_of_counts(before.counts, now.counts), now.missing, before.missing)
