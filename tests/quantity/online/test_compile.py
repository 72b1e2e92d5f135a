"""The compiled model answers as scikit-learn's estimator does, on every row."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy as np
import pytest

from quantity.features.definitions import ATTRIBUTES, FEATURES
from quantity.model.estimator import QuantityModel
from quantity.online.compile import ENSEMBLES, UnusableModelError, compile_model
from quantity.online.kernel import decisions, scores
from tests.quantity.generated import SMALL

if TYPE_CHECKING:
    import pandas as pd

    from tests.quantity.generated import Market


def answers_of(model: QuantityModel, X: pd.DataFrame) -> np.ndarray:
    """(n, 3) quantities, lower and upper ends by the kernel."""
    compiled, rows = compile_model(model), model.encoder_.transform(X).astype(np.float32)
    return decisions(rows, X["product_id"].to_numpy(np.int64), compiled.forest, compiled.rule)


def test_estimates_are_those_of_scikit_learn(model: QuantityModel, market: Market) -> None:
    matrix = model.encoder_.transform(market.test.X)

    estimates = scores(matrix.astype(np.float32), compile_model(model).forest)

    for e, name in enumerate(ENSEMBLES):
        np.testing.assert_allclose(estimates[:, e], model.ensembles_[name].predict(matrix), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_estimates_agree_wherever_a_value_may_lie(model: QuantityModel, seed: int) -> None:
    """Values missing, infinite, and exactly at, just below and just above each threshold."""
    rng = np.random.default_rng(seed)
    compiled = compile_model(model)
    threshold = compiled.forest.threshold
    near = rng.choice([-1, 0, 1], size=(2000, len(FEATURES)))
    values = rng.choice(threshold, size=near.shape)
    values = np.where(near == 0, values, np.nextafter(values, np.where(near > 0, np.inf, -np.inf).astype(np.float32)))
    values[rng.random(values.shape) < 0.2] = np.nan
    values[rng.random(values.shape) < 0.02] = np.inf
    values[rng.random(values.shape) < 0.02] = -np.inf

    estimates = scores(values.astype(np.float32), compiled.forest)

    for e, name in enumerate(ENSEMBLES):
        expected = model.ensembles_[name].predict(values.astype(np.float64))
        np.testing.assert_allclose(estimates[:, e], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("pack_share", [0.02, 0.1, 2.0])
def test_answers_are_those_of_the_estimator(model: QuantityModel, market: Market, pack_share: float) -> None:
    """With small packs, large ones and none."""
    packed = copy.copy(model)
    packed.rule_ = copy.copy(model.rule_)
    object.__setattr__(packed.rule_, "pack_share", pack_share)
    X = market.test.X
    expected = packed.answer(X)

    answers = answers_of(packed, X)

    np.testing.assert_array_equal(answers[:, 0], expected.quantity)
    np.testing.assert_array_equal(answers[:, 1], expected.low)
    np.testing.assert_array_equal(answers[:, 2], expected.high)
    assert len(set(expected.quantity.tolist())) > 3, "the answers differ from row to row"


def test_products_without_packs_are_answered_alike(model: QuantityModel, market: Market) -> None:
    X = market.test.X.assign(product_id=np.arange(len(market.test.X)) + 10_000_000)

    answers = answers_of(model, X)

    np.testing.assert_array_equal(answers[:, 0], model.answer(X).quantity)


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_codes_are_those_of_the_encoder(model: QuantityModel, market: Market, attribute: str) -> None:
    X = market.test.X.head(300)
    vocabulary = np.unique([*X[attribute].dropna(), "never seen"])
    position = np.where(X[attribute].isna(), -1, np.searchsorted(vocabulary, X[attribute].fillna("")))
    compiled = compile_model(model)

    codes = compiled.codes(attribute, vocabulary, position)

    np.testing.assert_array_equal(codes, model.encoder_.transform(X)[:, FEATURES.index(attribute)])
    never_seen = np.flatnonzero(vocabulary == "never seen")
    assert np.isnan(compiled.codes(attribute, vocabulary, never_seen)).all()


def test_trees_with_as_many_leaves_as_a_word_has_bits(market: Market) -> None:
    wide = QuantityModel(max_iter=5, max_leaf_nodes=64, min_samples_leaf=5).fit(*market.train, *market.calibration)
    matrix = wide.encoder_.transform(market.test.X)

    estimates = scores(matrix.astype(np.float32), compile_model(wide).forest)

    np.testing.assert_allclose(estimates[:, 1], wide.ensembles_["point"].predict(matrix), rtol=1e-12)


def test_trees_with_more_leaves_are_refused(market: Market) -> None:
    wider = QuantityModel(**SMALL | {"max_leaf_nodes": 100, "min_samples_leaf": 5}).fit(*market.train)

    with pytest.raises(UnusableModelError, match="more than 64 leaves"):
        compile_model(wider)


def test_leaves_without_a_finite_value_are_refused(model: QuantityModel) -> None:
    broken = copy.deepcopy(model)
    nodes = broken.ensembles_["low"].regressor_._predictors[3][0].nodes
    nodes["value"][nodes["is_leaf"] == 1] = np.nan

    with pytest.raises(UnusableModelError, match="finite"):
        compile_model(broken)


def test_offsets_that_are_not_one_a_history_length_are_refused(model: QuantityModel) -> None:
    broken = copy.copy(model)
    broken.offsets_ = np.zeros(1)

    with pytest.raises(UnusableModelError, match="offsets"):
        compile_model(broken)
