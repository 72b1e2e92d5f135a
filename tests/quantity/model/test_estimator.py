"""The estimator on generated orders with packs, and its compiled form."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from quantity.features.compute import compute_features
from quantity.features.definitions import ATTRIBUTES
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from quantity.model.estimator import CompiledQuantityModel, QuantityModel
from quantity.model.metrics import evaluate
from training.dataset import model_inputs
from training.sample_data.synthetic import synthetic_tables

SMALL = {"max_iter": 20, "min_samples_leaf": 20}
"""Enough to learn the generated orders."""


class Split(NamedTuple):
    X: pd.DataFrame
    y: np.ndarray


class Market(NamedTuple):
    train: Split
    calibration: Split
    test: Split


@pytest.fixture(scope="module")
def market() -> Market:
    raw = synthetic_tables(20_000)
    history = compute_features(sum_order_lines(raw.order_items), derive_entities(raw)).history
    history = history.sort_values("checkout_date", kind="stable")
    X, y = model_inputs(history), history["quantity"].to_numpy(np.float64)
    ends = [0, int(len(y) * 0.7), int(len(y) * 0.85), len(y)]
    return Market(*(Split(X.iloc[a:b], y[a:b]) for a, b in pairwise(ends)))


@pytest.fixture(scope="module")
def model(market: Market) -> QuantityModel:
    return QuantityModel(**SMALL).fit(*market.train, *market.calibration)


def test_answers_are_whole_cases_inside_their_range(model: QuantityModel, market: Market) -> None:
    answers = model.answer(market.test.X)
    assert answers.quantity.dtype == np.int64
    assert (answers.low >= 1).all()
    assert (answers.low <= answers.quantity).all()
    assert (answers.quantity <= answers.high).all()


def test_it_learns_packs(model: QuantityModel, market: Market) -> None:
    """Exact hits beat those of the rounded mean, which falls between packs."""
    hits = evaluate(market.test.y, model.predict(market.test.X)).hit_rate
    mean = model.ensembles_["mean"].predict(model.encoder_.transform(market.test.X))
    assert hits > evaluate(market.test.y, np.round(mean)).hit_rate + 0.1


def test_the_range_covers_about_what_it_says(model: QuantityModel, market: Market) -> None:
    answers = model.answer(market.test.X)
    coverage = evaluate(market.test.y, answers.quantity, answers.low, answers.high).coverage
    # Whole quantities cannot be cut to measure: the range may cover more, never much less.
    assert coverage > model.coverage - 0.04


def test_treelite_answers_as_scikit_learn_on_every_row(model: QuantityModel, market: Market) -> None:
    compiled, matrix = CompiledQuantityModel(model), model.encoder_.transform(market.test.X)
    for trees in model.ensembles_.values():
        np.testing.assert_allclose(trees.compiled().predict(matrix), trees.predict(matrix), rtol=1e-12, atol=1e-12)
    expected = model.answer(market.test.X)
    answers = compiled.answer(matrix, market.test.X["product_id"].to_numpy())
    np.testing.assert_array_equal(answers.quantity, expected.quantity)
    np.testing.assert_array_equal(answers.low, expected.low)
    np.testing.assert_array_equal(answers.high, expected.high)


def test_one_row_is_answered_as_among_many(model: QuantityModel, market: Market) -> None:
    compiled, matrix = CompiledQuantityModel(model), model.encoder_.transform(market.test.X)
    product_id = market.test.X["product_id"].to_numpy()
    together = compiled.answer(matrix, product_id).quantity
    alone = [int(compiled.answer(matrix[i : i + 1], product_id[i : i + 1]).quantity[0]) for i in range(50)]
    assert alone == together[:50].tolist()


def test_the_same_seed_gives_the_same_model(model: QuantityModel, market: Market) -> None:
    again = QuantityModel(**SMALL).fit(*market.train, *market.calibration)
    np.testing.assert_array_equal(again.predict(market.test.X), model.predict(market.test.X))


def test_it_is_a_scikit_learn_estimator() -> None:
    model = QuantityModel(max_iter=7, coverage=0.9)
    assert clone(model).get_params() == model.get_params()
    assert model.set_params(max_iter=3).max_iter == 3


def test_attributes_that_nobody_filled_in_are_no_hindrance(market: Market) -> None:
    blank = {name: pd.array([None] * len(market.train.X), dtype="str") for name in ATTRIBUTES}
    model = QuantityModel(max_iter=3).fit(market.train.X.assign(**blank), market.train.y)
    assert (model.predict(market.test.X) >= 1).all()


def test_an_order_later_than_training_may_have_new_labels(model: QuantityModel, market: Market) -> None:
    changed = market.test.X.head(5).assign(category="never seen", product_id=2**31 - 1)
    assert (model.predict(changed) >= 1).all()
