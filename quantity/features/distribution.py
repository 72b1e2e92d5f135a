"""Order statistics and modes of slices of an array, for all slices at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantity.features.timeline import positions_in, prefix_sums
from quantity.whole_numbers import stable_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quantity.features.timeline import Floats, Ints


DENSE = 4
"""Values that span no more than so many times their number are counted instead of sorted."""


def slice_quantiles(values: Ints, lo: Ints, hi: Ints, levels: Sequence[float]) -> list[Floats]:
    """The quantiles of ``values[lo:hi]`` for every slice, NaN for an empty one.

    The quantile is the smallest value whose cumulative share reaches the level (Hyndman & Fan 1996,
    definition 1), so it is always a value that occurs: a pack size stays a pack size.

    Slices that do not overlap are sorted. For others the search descends a wavelet matrix (Claude, Navarro & Ordóñez
    2015): one pass a bit of the value's rank, each pass a few gathers, for all slices together.

    Args:
        values: (n,) integers.
        lo: (m,) first position of each slice.
        hi: (m,) position after the last of each slice.
        levels: the quantile levels, each in (0, 1].

    Returns:
        One (m,) float64 array a level.
    """
    if _are_apart(lo, hi):
        return _quantiles_apart(values, lo, hi, levels)
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


def _are_apart(lo: Ints, hi: Ints) -> bool:
    """Whether slices ascend and do not overlap."""
    return bool((lo[1:] >= hi[:-1]).all())


def _quantiles_apart(values: Ints, lo: Ints, hi: Ints, levels: Sequence[float]) -> list[Floats]:
    distinct, rank = _ranked(values[positions_in(lo, hi)])
    size = hi - lo
    keys = np.repeat(np.arange(len(lo)), size) * len(distinct) + rank
    keys.sort()
    found = []
    for level in levels:
        place = prefix_sums(size)[:-1] + np.maximum(np.ceil(level * size).astype(np.int64) - 1, 0)
        of_slice = np.full(len(lo), np.nan)
        of_slice[size > 0] = distinct[keys[place[size > 0]] % max(len(distinct), 1)]
        found.append(of_slice)
    return found


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


def slice_modes(values: Ints, bounds: Ints, hi: Ints, group: Ints) -> tuple[Floats, Floats]:
    """The most frequent value of slices that each begin with a group of values, NaN for an empty one.

    Of equally frequent values, the one that reached the count first.

    Args:
        values: (n,) integers, group after group.
        bounds: (g + 1,) position of each group's first value; the last entry is ``n``.
        hi: (m,) position after the last of each slice.
        group: (m,) the slices' groups.

    Returns:
        (m,) the mode and (m,) how often it occurred.
    """
    lo = bounds[group]
    known = hi > lo
    mode, frequency = np.full(len(lo), np.nan), np.full(len(lo), np.nan)
    if known.any():
        if _are_apart(lo, hi):
            mode[known], frequency[known] = _modes_apart(values, lo[known], hi[known])
        else:
            of_groups = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
            modes, frequencies = _prefix_modes(of_groups, values)
            mode[known], frequency[known] = modes[hi[known] - 1], frequencies[hi[known] - 1]
    return mode, frequency


def _modes_apart(values: Ints, lo: Ints, hi: Ints) -> tuple[Ints, Ints]:
    rows = positions_in(lo, hi)
    distinct, rank = _ranked(values[rows])
    keys = np.repeat(np.arange(len(lo)), hi - lo) * len(distinct) + rank
    order = stable_order(keys)
    keys = keys[order]
    last = np.flatnonzero(np.append(keys[1:] != keys[:-1], True))
    # Of each value of a slice: how often it occurs, and when it has done so.
    count, place = np.diff(last, prepend=-1), order[last]
    first_of_slice = np.flatnonzero(np.diff(keys[last] // len(distinct), prepend=-1))
    best = np.maximum.reduceat(count * len(rows) + (len(rows) - 1 - place), first_of_slice)
    return values[rows[len(rows) - 1 - best % len(rows)]], best // len(rows)


def _prefix_modes(group: Ints, values: Ints) -> tuple[Ints, Ints]:
    """The mode of each group up to and with each position.

    Args:
        group: (n,) group codes, ascending.
        values: (n,) integers, at least one.

    Returns:
        (n,) the mode and (n,) how often it occurred.
    """
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
    order = stable_order(key)
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
