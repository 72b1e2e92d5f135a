"""The distribution of one feature: bins, and how many values fall into each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

BINS = 10
"""Quantile bins of a number, fewer where many values are the same."""

MOST_LABELS = 20
"""So many of an attribute's most frequent labels have a bin of their own."""


@dataclass(frozen=True)
class NumberBins:
    """Bins of a number.

    Attributes:
        edges: (b - 1,) float32, ascending: a bin holds the numbers from its lower edge on, up to the next.
    """

    edges: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> NumberBins:
        """Bins that hold about as many of (n,) values each; edges lie between values, never on one that is frequent."""
        known = np.sort(values[~np.isnan(values)].astype(np.float32))
        distinct = np.unique(known)
        if len(distinct) == 1:
            return cls(np.append(distinct, np.nextafter(distinct, np.float32(np.inf))))
        cuts = np.unique(known[np.arange(1, BINS) * len(known) // BINS]) if len(known) else known
        above = np.searchsorted(distinct, cuts)
        above = above[above > 0]
        return cls(np.unique((distinct[above - 1] + distinct[above]) / 2))

    def count(self, values: np.ndarray) -> np.ndarray:
        """(b + 1,) how many of (n,) values are in each bin, and how many are missing."""
        numbers = values.astype(np.float32)
        bins = np.searchsorted(self.edges, numbers, side="right")
        missing = len(self.edges) + 1
        return np.bincount(np.where(np.isnan(numbers), missing, bins), minlength=missing + 1)

    def as_json(self) -> dict[str, list[float]]:
        """The edges, each in the fewest digits that tell it apart."""
        return {"edges": [float(str(edge)) for edge in self.edges]}


@dataclass(frozen=True)
class LabelBins:
    """Bins of an attribute: one for each of its most frequent labels, and one for all others."""

    labels: tuple[str, ...]

    @classmethod
    def of(cls, values: np.ndarray) -> LabelBins:
        """The most frequent of (n,) labels; of equals, the first in alphabetical order."""
        labels, counts = np.unique(_known(values), return_counts=True)
        return cls(tuple(labels[np.argsort(-counts, kind="stable")][:MOST_LABELS].tolist()))

    def count(self, values: np.ndarray) -> np.ndarray:
        """(l + 2,) how many of (n,) values have each label, have another, and are missing."""
        known = _known(values)
        counts = [int(np.count_nonzero(known == label)) for label in self.labels]
        return np.array([*counts, len(known) - sum(counts), len(values) - len(known)])

    def as_json(self) -> dict[str, list[str]]:
        """The labels."""
        return {"labels": list(self.labels)}


def _known(values: np.ndarray) -> np.ndarray:
    return np.array([value for value in values.tolist() if isinstance(value, str)], dtype=np.str_)


@dataclass(frozen=True)
class Distribution:
    """A feature in a population.

    Attributes:
        bins: its bins.
        counts: how many of the population are in each; the last entry counts those without a value.
    """

    bins: NumberBins | LabelBins
    counts: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> Distribution:
        """The distribution of (n,) numbers, NaN where missing, or of (n,) labels as objects."""
        bins = LabelBins.of(values) if values.dtype == object else NumberBins.of(values)
        return cls(bins, bins.count(values))

    @property
    def missing(self) -> float:
        """The share without a value."""
        return float(self.counts[-1] / self.counts.sum())

    def as_json(self) -> dict[str, Any]:
        """The distribution as plain lists."""
        return {**self.bins.as_json(), "counts": self.counts.tolist()}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Distribution:
        """What `as_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        counts = np.array(document["counts"], dtype=np.int64)
        bins: NumberBins | LabelBins
        if "labels" in document:
            bins, n_bins = LabelBins(tuple(map(str, document["labels"]))), len(document["labels"]) + 2
        else:
            bins, n_bins = NumberBins(np.array(document["edges"], np.float32)), len(document["edges"]) + 2
        if counts.shape != (n_bins,) or not counts.sum():
            raise ValueError(f"{counts.shape} counts of {n_bins} bins")
        return cls(bins, counts)
