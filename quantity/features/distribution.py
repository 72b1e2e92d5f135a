"""Order statistics and modes of slices of an array, for all slices at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from quantity.features.timeline import positions_in, prefix_sums
from quantity.whole_numbers import ranked, stable_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quantity.features.timeline import Floats, Ints


class Distribution(NamedTuple):
    """What occurs in m slices.

    Attributes:
        quantiles: one (m,) array a level.
        mode: (m,) the most frequent value; of equally frequent ones, the one that reached the count first.
        frequency: (m,) how often it occurs.
    """

    quantiles: list[Floats]
    mode: Floats
    frequency: Floats


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
        return _SortedSlices(values, lo, hi).quantiles(levels)
    distinct, rank = ranked(values)
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


def slice_distribution(values: Ints, bounds: Ints, hi: Ints, group: Ints, levels: Sequence[float]) -> Distribution:
    """The quantiles and the most frequent value of slices that each begin with a group of values; NaN for an empty one.

    Args:
        values: (n,) integers, group after group.
        bounds: (g + 1,) position of each group's first value; the last entry is ``n``.
        hi: (m,) position after the last of each slice.
        group: (m,) the slices' groups.
        levels: as of `slice_quantiles`.
    """
    lo = bounds[group]
    if _are_apart(lo, hi):
        slices = _SortedSlices(values, lo, hi)
        return Distribution(slices.quantiles(levels), *slices.modes())
    mode, frequency = np.full(len(lo), np.nan), np.full(len(lo), np.nan)
    known = hi > lo
    if known.any():
        modes, frequencies = _prefix_modes(np.repeat(np.arange(len(bounds) - 1), np.diff(bounds)), values)
        mode[known], frequency[known] = modes[hi[known] - 1], frequencies[hi[known] - 1]
    return Distribution(slice_quantiles(values, lo, hi, levels), mode, frequency)


class _SortedSlices:
    """The values of slices that ascend and do not overlap, sorted within each.

    Args:
        values: (n,) integers.
        lo: (m,) first position of each slice.
        hi: (m,) position after the last of each slice.
    """

    def __init__(self, values: Ints, lo: Ints, hi: Ints) -> None:
        self._size = hi - lo
        self._values = values[positions_in(lo, hi)]
        distinct, rank = ranked(self._values)
        of_slice = np.repeat(np.arange(len(lo)), self._size) * len(distinct)
        self._order = stable_order(of_slice + rank)
        self._keys = (of_slice + rank)[self._order]

    def quantiles(self, levels: Sequence[float]) -> list[Floats]:
        """One (m,) array a level, as of `slice_quantiles`."""
        size = self._size[self._size > 0]
        found = []
        for level in levels:
            at = prefix_sums(size)[:-1] + np.maximum(np.ceil(level * size).astype(np.int64) - 1, 0)
            found.append(self._of_slices(self._values[self._order[at]]))
        return found

    def modes(self) -> tuple[Floats, Floats]:
        """(m,) modes, and (m,) how often each occurs, as of `slice_distribution`."""
        keys, n = self._keys, len(self._keys)
        last = np.flatnonzero(np.append(keys[1:] != keys[:-1], True)[:n])
        # Of each value of a slice: how often it occurs, and when it has done so.
        count, place = np.diff(last, prepend=-1), self._order[last]
        size = self._size[self._size > 0]
        first_of_slice = np.searchsorted(last, prefix_sums(size)[:-1])
        best = np.maximum.reduceat(count * n + (n - 1 - place), first_of_slice)
        return self._of_slices(self._values[n - 1 - best % n]), self._of_slices(best // n)

    def _of_slices(self, found: Ints) -> Floats:
        """(m,) values of slices, of those that are not empty; NaN for the others."""
        of_slices = np.full(len(self._size), np.nan)
        of_slices[self._size > 0] = found
        return of_slices


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
    distinct, rank = ranked(values)
    key, position = group * len(distinct) + rank, np.arange(len(values))
    order = stable_order(key)
    sorted_key = key[order]
    is_first = np.diff(sorted_key, prepend=-1) != 0
    run_start = np.maximum.accumulate(np.where(is_first, position, 0))
    count = np.empty(len(key), dtype=np.int64)
    count[order] = position - run_start + 1
    return count
