"""The estimator on generated orders with packs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.base import clone

from quantity.features.definitions import ATTRIBUTES
from quantity.model.estimator import QuantityModel
from quantity.model.metrics import evaluate
from tests.quantity.generated import SMALL

if TYPE_CHECKING:
    from tests.quantity.generated import Market


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
