"""Totals of order days whose orders stay as they are: kept by the run that computed them, used by those after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from quantity.features.timeline import positions_in, prefix_sums

if TYPE_CHECKING:
    from quantity.features.scopes import Scope
    from quantity.features.timeline import Ints
    from quantity.whole_numbers import Whole

DAY = "day"
"""What the days are kept under, since 1970-01-01."""


def names_of_parts(read: str) -> tuple[str, str]:
    """What the two parts of exact sums are kept under."""
    return f"{read} high", f"{read} low"


class TotalsKeeper(Protocol):
    """Keeps what is told of some of each coarse scope's order days, always the same ones in the same order."""

    def keep(self, scope: str, name: str, values: np.ndarray) -> None:
        """Keep (k,) values of k order days, or the cases of their orders, under a name."""

    def keep_labels(self, scope: str, attribute: str, code: np.ndarray, vocabulary: np.ndarray) -> None:
        """Keep which label of an attribute each of k order days' groups has."""


class KeptTotals(Protocol):
    """What was kept of the order days of the past."""

    def values(self, scope: str, name: str) -> np.ndarray:
        """(k,) values of the order days, or the cases of their orders."""

    def labels(self, scope: str, attribute: str) -> tuple[np.ndarray, np.ndarray]:
        """(k,) codes of labels, and the vocabulary that they are positions in."""


class KeptDays(NamedTuple):
    """Kept order days of one scope.

    Attributes:
        codes: by key attribute, (k,) codes of labels as they are numbered now.
        day: (k,) days.
    """

    codes: list[Ints]
    day: Ints

    @classmethod
    def of(cls, kept: KeptTotals, name: str, scope: Scope) -> KeptDays:
        """Those of a scope.

        Raises:
            ValueError: a label is not known any more.
        """
        codes = [_renumbered(kept.labels(name, key), scope.labelled[key].vocabulary) for key in scope.key]
        return cls(codes, kept.values(name, DAY).astype(np.int64))


def _renumbered(labels: tuple[np.ndarray, np.ndarray], now: np.ndarray) -> Ints:
    code, before = labels
    occurs = np.flatnonzero(np.bincount(code, minlength=len(before)))
    place = np.minimum(np.searchsorted(now, before[occurs]), max(len(now) - 1, 0))
    if len(occurs) and not (len(now) and (now[place] == before[occurs]).all()):
        raise ValueError("totals are kept of a group that is not known")
    numbers = np.zeros(len(before), dtype=np.int64)
    numbers[occurs] = place
    renumbered: Ints = numbers[code]
    return renumbered


def joined_cases(counts: Ints, at: Ints, kept: Whole, others: Whole) -> Whole:
    """(n,) cases, order day after order day.

    Args:
        counts: (d,) orders of each order day.
        at: (k,) numbers of the order days whose cases are kept.
        kept: their cases.
        others: the cases of all other order days, in their order.
    """
    if (at[1:] < at[:-1]).any():
        order, starts = np.argsort(at), prefix_sums(counts[at])
        kept = kept[positions_in(starts[order], starts[order + 1])]
    is_kept = np.zeros(len(counts), dtype=bool)
    is_kept[at] = True
    kept_before = prefix_sums(np.where(is_kept, counts, 0))[:-1]
    places = np.repeat(kept_before[~is_kept], counts[~is_kept])
    cases: Whole = np.insert(kept.astype(np.result_type(kept, others), copy=False), places, others)
    return cases
