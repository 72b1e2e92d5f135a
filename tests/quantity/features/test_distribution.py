"""Quantiles and modes of slices against a loop over each slice, whether slices overlap or not."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from quantity.features.distribution import slice_distribution, slice_quantiles

LEVELS = (0.25, 0.5, 0.75, 1.0)
groups = st.lists(
    st.lists(st.one_of(st.integers(0, 4), st.sampled_from([2**40, -(2**40)])), max_size=12), min_size=1, max_size=6
)


def quantile(values: list[int], level: float) -> float:
    return sorted(values)[max(math.ceil(level * len(values)) - 1, 0)] if values else math.nan


def mode(values: list[int]) -> tuple[float, float]:
    """The value that is the most frequent first, of all that are in the end."""
    counts = Counter(values)
    most = max(counts.values(), default=0)
    seen: Counter[int] = Counter()
    for value in values:
        seen[value] += 1
        if seen[value] == most:
            return value, most
    return math.nan, math.nan


def ends_of(data: st.DataObject, of_groups: list[list[int]], *, apart: bool) -> list[tuple[int, int]]:
    """Slices, each as its group and how many values it has: of each group one, or of any group any number."""
    if apart:
        return [(group, data.draw(st.integers(0, len(values)))) for group, values in enumerate(of_groups)]
    some = st.lists(st.integers(0, len(of_groups) - 1), max_size=12)
    return [(group, data.draw(st.integers(0, len(of_groups[group])))) for group in sorted(data.draw(some))]


@settings(deadline=None, max_examples=300)
@given(data=st.data(), of_groups=groups, apart=st.booleans())
def test_quantiles_and_modes_are_those_of_each_slice(
    data: st.DataObject, of_groups: list[list[int]], *, apart: bool
) -> None:
    slices = ends_of(data, of_groups, apart=apart)
    bounds = np.cumsum([0, *map(len, of_groups)])
    values = np.array([value for of_group in of_groups for value in of_group], dtype=np.int64)
    group, size = (np.array(column, dtype=np.int64) for column in (zip(*slices, strict=True) if slices else ([], [])))
    end = bounds[group] + size
    expected = [of_groups[of][:count] for of, count in slices]
    found = slice_distribution(values, bounds, end, group, LEVELS)
    quantiles = [[quantile(of_slice, level) for of_slice in expected] for level in LEVELS]
    np.testing.assert_array_equal(np.reshape(found.quantiles, (4, -1)), quantiles)
    np.testing.assert_array_equal(np.reshape(slice_quantiles(values, bounds[group], end, LEVELS), (4, -1)), quantiles)
    modes = np.array([mode(of_slice) for of_slice in expected]).reshape(-1, 2)
    np.testing.assert_array_equal(np.transpose([found.mode, found.frequency]), modes)
