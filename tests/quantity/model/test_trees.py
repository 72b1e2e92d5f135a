"""Quantile trees over the columns that carry information."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor

from quantity.model.trees import LEAST_KNOWN, Trees

PARAMETERS = {"max_iter": 40, "learning_rate": 0.2, "min_samples_leaf": 40, "random_state": 0}
COLUMNS = np.array([0, 2, 3])


def rows(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A column that tells the level, one that gives it away but may not be read, an empty one, and noise."""
    rng = np.random.default_rng(seed)
    level = rng.integers(0, 4, n).astype(np.float32)
    target = level + rng.normal(0, 1, n)
    empty = np.full(n, np.nan)
    return np.column_stack([level, target, empty, rng.random(n)]).astype(np.float32), target


@pytest.mark.parametrize("level", [0.1, 0.5, 0.7, 0.9])
def test_that_share_of_later_orders_lies_below(level: float) -> None:
    trees = Trees(level, PARAMETERS).fit(*rows(5000, seed=0), COLUMNS)
    matrix, target = rows(5000, seed=1)
    assert (target <= trees.predict(matrix)).mean() == pytest.approx(level, abs=0.03)


def test_only_columns_that_may_be_read_and_are_known_are_read() -> None:
    matrix, target = rows(2000, seed=0)
    trees = Trees(0.5, PARAMETERS).fit(matrix, target, COLUMNS)
    assert trees.columns_.tolist() == [0, 3]
    changed = matrix.copy()
    changed[:, [1, 2]] = 1e6
    np.testing.assert_array_equal(trees.predict(changed), trees.predict(matrix))


@pytest.mark.parametrize(("known", "is_read"), [(0, False), (2, False), (3, True)])
def test_a_column_that_is_next_to_never_known_is_not_read(known: int, *, is_read: bool) -> None:
    matrix, target = rows(2000, seed=0)
    assert 2 <= LEAST_KNOWN * len(matrix) < 3
    matrix[:known, 2] = np.arange(known)
    trees = Trees(0.5, PARAMETERS).fit(matrix, target, COLUMNS)
    assert (2 in trees.columns_) == is_read


def test_what_is_missing_later_is_no_hindrance() -> None:
    matrix, target = rows(2000, seed=0)
    trees = Trees(0.5, PARAMETERS).fit(matrix, target, COLUMNS)
    assert np.isfinite(trees.predict(np.full_like(matrix, np.nan))).all()


def test_weights_move_the_trees_and_not_the_bins() -> None:
    matrix, target = rows(2000, seed=0)
    weight = np.where(target > np.median(target), 5.0, 1.0)
    as_is, weighted = (Trees(0.5, PARAMETERS).fit(matrix, target, COLUMNS, of).regressor_ for of in (None, weight))
    for edges, others in zip(as_is._bin_mapper.bin_thresholds_, weighted._bin_mapper.bin_thresholds_, strict=True):
        assert edges.tolist() == others.tolist()
    assert weighted.predict(matrix[:, [0, 3]]).mean() > as_is.predict(matrix[:, [0, 3]]).mean() + 0.1
    assert type(as_is) is type(weighted) is HistGradientBoostingRegressor
