"""Bins count every value once, hold about as many each, and survive JSON."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.drift.bins import BINS, MOST_LABELS, Distribution, LabelBins, NumberBins

numbers = st.lists(st.one_of(st.just(np.nan), st.integers(-3, 3), st.floats(-1e6, 1e6, width=32)), max_size=60)
labels = st.lists(st.one_of(st.none(), st.sampled_from("abcdefghijklmnopqrstuvwxyz")), min_size=1, max_size=60)


def as_floats(values: list[float]) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def as_objects(values: list[str | None]) -> np.ndarray:
    return np.array(values, dtype=object)


@given(numbers, numbers)
def test_each_number_is_counted_in_the_bin_between_whose_edges_it_lies(first: list[float], second: list[float]) -> None:
    bins = NumberBins.of(as_floats(first))
    values = as_floats(second).astype(np.float32)
    limits = [-np.inf, *bins.edges.tolist(), np.inf]
    expected = [sum(low <= value < high for value in values.tolist()) for low, high in pairwise(limits)]
    assert bins.count(values).tolist() == [*expected, int(np.isnan(values).sum())]
    assert len(bins.edges) < BINS + 1


def test_bins_of_a_continuous_number_hold_a_tenth_each() -> None:
    values = np.random.default_rng(0).normal(size=10_000)
    assert NumberBins.of(values).count(values).tolist() == [1000] * BINS + [0]


def test_frequent_values_have_bins_of_their_own() -> None:
    values = np.repeat([1.0, 2.0, 3.0], [600, 250, 150])
    bins = NumberBins.of(values)
    assert bins.edges.tolist() == [1.5, 2.5]
    # An edge lies in the middle between two values: neither is moved to another bin by a small change.
    assert bins.count(values * 1.1).tolist() == bins.count(values * 0.9).tolist() == [600, 250, 150, 0]


@pytest.mark.parametrize("change", [-1.0, 1.0])
def test_another_value_of_a_constant_is_seen(change: float) -> None:
    constant = np.full(10, 7.0)
    bins = NumberBins.of(constant)
    assert bins.count(constant).max() == 10
    assert not (bins.count(constant) * bins.count(constant + change)).any()


@given(labels, labels)
def test_each_label_is_counted_by_itself_or_among_the_others(first: list[str | None], second: list[str | None]) -> None:
    bins = LabelBins.of(as_objects(first))
    own = [second.count(label) for label in bins.labels]
    assert bins.count(as_objects(second)).tolist() == [
        *own,
        len(second) - sum(own) - second.count(None),
        second.count(None),
    ]
    frequencies = sorted((first.count(label) for label in set(first) - {None}), reverse=True)
    assert [first.count(label) for label in bins.labels] == frequencies[:MOST_LABELS]


@given(numbers.filter(bool))
def test_a_distribution_of_numbers_is_the_same_after_json(values: list[float]) -> None:
    distribution = Distribution.of(as_floats(values))
    again = Distribution.from_json(json.loads(json.dumps(distribution.as_json())))
    assert again.bins.count(as_floats(values)).tolist() == again.counts.tolist() == distribution.counts.tolist()


@given(labels)
def test_a_distribution_of_labels_is_the_same_after_json(values: list[str | None]) -> None:
    distribution = Distribution.of(as_objects(values))
    again = Distribution.from_json(json.loads(json.dumps(distribution.as_json())))
    assert again.bins.count(as_objects(values)).tolist() == again.counts.tolist() == distribution.counts.tolist()
    assert again.missing == values.count(None) / len(values)


@pytest.mark.parametrize(
    "document",
    [{}, {"edges": [1, 2]}, {"edges": [1], "counts": [1, 2]}, {"labels": ["a"], "counts": [0, 0, 0]}, {"counts": [1]}],
)
def test_another_document_is_no_distribution(document: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Distribution.from_json(document)
