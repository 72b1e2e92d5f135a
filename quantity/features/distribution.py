"""Order statistics and modes of slices of an array, for all slices at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantity.features.timeline import prefix_sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quantity.features.timeline import Floats, Ints


DENSE = 4
"""Values that span no more than so many times their number are counted instead of sorted."""


def slice_quantiles(values: Ints, lo: Ints, hi: Ints, levels: Sequence[float]) -> list[Floats]:
    """The quantiles of ``values[lo:hi]`` for every slice, NaN for an empty one.

    The quantile is the smallest value whose cumulative share reaches the level (Hyndman & Fan 1996,
    definition 1), so it is always a value that occurs: a pack size stays a pack size.

    The search descends a wavelet matrix (Claude, Navarro & Ordóñez 2015): one pass a bit of the value's
    rank, each pass a few gathers, for all slices together.

    Args:
        values: (n,) integers.
        lo: (m,) first position of each slice.
        hi: (m,) position after the last of each slice.
        levels: the quantile levels, each in (0, 1].

    Returns:
        One (m,) float64 array a level.
    """
    distinct, rank = _ranked(values)
    size = hi - lo
    searches = [_Search(lo, hi, np.maximum(np.ceil(level * size).astype(np.int64) - 1, 0)) for level in levels]
    for bit in reversed(range(max(len(distinct) - 1, 0).bit_length())):
        is_one = (rank >> bit) & 1 == 1
        zeros_before = prefix_sums(~is_one)
        for search in searches:
            search.descend(zeros_before, bit)
        rank = np.concatenate([rank[~is_one], rank[is_one]])
    return [np.where(size > 0, _at(distinct, search.rank), np.nan) for search in searches]


def _at(distinct: Ints, rank: Ints) -> Floats:
    if not len(distinct):
        return np.full(len(rank), np.nan)
    # An empty slice's search wanders; its answer is masked by the caller, the index only has to be legal.
    return distinct[np.minimum(rank, len(distinct) - 1)].astype(np.float64)


class _Search:
    """Where the search for the k-th smallest of each slice stands."""

    def __init__(self, lo: Ints, hi: Ints, k: Ints) -> None:
        self.lo, self.hi, self.k = lo, hi, k
        self.rank = np.zeros(len(lo), dtype=np.int64)

    def descend(self, zeros_before: Ints, bit: int) -> None:
        zeros_lo, zeros_hi = zeros_before[self.lo], zeros_before[self.hi]
        zeros = zeros_hi - zeros_lo
        go_zero = self.k < zeros
        n_zeros = zeros_before[-1]
        self.lo = np.where(go_zero, zeros_lo, n_zeros + self.lo - zeros_lo)
        self.hi = np.where(go_zero, zeros_hi, n_zeros + self.hi - zeros_hi)
        self.k = np.where(go_zero, self.k, self.k - zeros)
        self.rank |= np.where(go_zero, 0, 1 << bit)


def prefix_modes(group: Ints, values: Ints) -> tuple[Ints, Ints]:
    """The most frequent value of each group up to and with each position.

    Of equally frequent values, the one that reached the count first.

    Args:
        group: (n,) group codes, ascending.
        values: (n,) integers.

    Returns:
        (n,) the mode and (n,) how often it occurred.
    """
    if not len(values):
        return values, values
    count = _running_count(group, values)
    # Group after group, the running maximum restarts because every group has a higher base.
    record_so_far = np.maximum.accumulate(group * (len(values) + 1) + count)
    is_record = np.diff(record_so_far, prepend=-1) > 0
    at = np.maximum.accumulate(np.where(is_record, np.arange(len(values)), 0))
    return values[at], count[at]


def _running_count(group: Ints, values: Ints) -> Ints:
    """(n,) how often ``values[i]`` has occurred in its group up to and with position i."""
    distinct, rank = _ranked(values)
    key, position = group * len(distinct) + rank, np.arange(len(values))
    order = _stable_order(key)
    sorted_key = key[order]
    is_first = np.diff(sorted_key, prepend=-1) != 0
    run_start = np.maximum.accumulate(np.where(is_first, position, 0))
    count = np.empty(len(key), dtype=np.int64)
    count[order] = position - run_start + 1
    return count


def _ranked(values: Ints) -> tuple[Ints, Ints]:
    """The distinct values, ascending, and (n,) which of them each one is."""
    least, width = (int(values.min()), int(np.ptp(values)) + 1) if len(values) else (0, 0)
    if width > DENSE * len(values):
        distinct, rank = np.unique(values, return_inverse=True)
        return distinct, rank
    occurs = np.zeros(width, dtype=bool)
    occurs[values - least] = True
    return np.flatnonzero(occurs) + least, (np.cumsum(occurs) - 1)[values - least]


def _stable_order(keys: Ints) -> Ints:
    """(n,) positions that sort non-negative keys, equal ones in their order."""
    bits = len(keys).bit_length()
    if int(keys.max(initial=0)) >> (62 - bits):
        return np.argsort(keys, kind="stable")
    # Sorting numbers is several times as fast as sorting positions by them.
    packed = (keys << bits) + np.arange(len(keys))
    packed.sort()
    return packed & ((1 << bits) - 1)
