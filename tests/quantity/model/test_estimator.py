"""The estimator on generated orders of a known distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from quantity.features.definitions import ATTRIBUTES, INPUTS, NUMERIC_INPUTS
from quantity.model.balance import winsorized_total
from quantity.model.baselines import baseline_predictions
from quantity.model.estimates import Outcomes
from quantity.model.estimator import ENSEMBLES, ROWS_OF_HALF, QuantityModel
from quantity.model.metrics import evaluate, wape
from tests.support.orders.skewed_market import SMALL, SPREAD, Market, fitted, market, pack_of, packed, skewed_counts

if TYPE_CHECKING:
    from quantity.model.decision import Answers
    from tests.support.orders.skewed_market import ToCases

HUGE = 2.0**31 - 1
"""The largest quantity that an order line can have."""

BLANK: dict[str, None] = dict.fromkeys(ATTRIBUTES)
UNKNOWN = dict.fromkeys(NUMERIC_INPUTS, np.nan)


def always_seven(log_size: np.ndarray, product_id: np.ndarray) -> np.ndarray:
    return np.full(len(log_size), 7)


def always_huge(log_size: np.ndarray, product_id: np.ndarray) -> np.ndarray:
    return np.full(len(log_size), HUGE)


def seldom_huge(log_size: np.ndarray, product_id: np.ndarray) -> np.ndarray:
    return np.where(log_size > 6, HUGE, skewed_counts(log_size, product_id))


def assert_sound(answers: Answers) -> None:
    for values in (answers.quantity, answers.typical, answers.low, answers.high):
        assert values.dtype == np.int64
    assert (answers.low >= 1).all()
    assert (answers.low <= np.minimum(answers.quantity, answers.typical)).all()
    assert (answers.high >= np.maximum(answers.quantity, answers.typical)).all()


@pytest.mark.parametrize("to_cases", [skewed_counts, packed])
class TestLaterOrders:
    """A model of four fifths of a market answers the last fifth."""

    def test_answers_are_whole_cases_inside_their_range(self, to_cases: ToCases) -> None:
        answers = fitted(to_cases).answer(market(to_cases).part(0.8, 1).X)
        assert_sound(answers)

    def test_quantiles_ascend(self, to_cases: ToCases) -> None:
        of = fitted(to_cases).estimate(market(to_cases).part(0.8, 1).X)
        assert (np.diff([of.low, of.median, of.upper, of.high], axis=0) >= 0).all()

    def test_typical_quantities_are_nearer_than_any_baseline(self, to_cases: ToCases) -> None:
        test = market(to_cases).part(0.8, 1)
        typical = fitted(to_cases).answer(test.X).typical
        for answers in baseline_predictions(test.X).values():
            assert wape(test.y, typical) < wape(test.y, answers)

    def test_quantities_add_up_to_what_is_ordered(self, to_cases: ToCases) -> None:
        test = market(to_cases).part(0.8, 1)
        assert fitted(to_cases).predict(test.X).sum() == pytest.approx(test.y.sum(), rel=0.05)

    def test_each_is_answered_on_its_own(self, to_cases: ToCases) -> None:
        test, model = market(to_cases).part(0.8, 1), fitted(to_cases)
        order = np.random.default_rng(0).permutation(len(test.y))[:50]
        together, alone = model.answer(test.X), model.answer(test.X.iloc[order])
        for name in ("quantity", "typical", "low", "high"):
            np.testing.assert_array_equal(getattr(alone, name), getattr(together, name)[order])

    def test_what_it_predicts_is_what_it_decides_of_its_estimates(self, to_cases: ToCases) -> None:
        test, model = market(to_cases).part(0.8, 1), fitted(to_cases)
        np.testing.assert_array_equal(model.predict(test.X), model.decide(model.estimate(test.X)).quantity)


def test_the_range_covers_later_orders_as_often_as_it_says() -> None:
    test = market().part(0.8, 1)
    model = fitted()
    answers = model.answer(test.X)
    coverage = evaluate(test.y, answers.quantity, answers.low, answers.high).coverage
    assert coverage == pytest.approx(model.coverage, abs=0.04)


def test_the_range_of_packs_covers_at_least_as_often_as_it_says() -> None:
    """Whole packs cannot be cut to measure."""
    test = market(packed).part(0.8, 1)
    model = fitted(packed)
    answers = model.answer(test.X)
    assert evaluate(test.y, answers.quantity, answers.low, answers.high).coverage > model.coverage - 0.03


def test_it_learns_packs() -> None:
    """Nearly every answer is whole packs, and it is right far more often than without them."""
    known, test = market(packed).part(0, 0.8), market(packed).part(0.8, 1)
    loose = QuantityModel(**SMALL, pack_share=1.1).fit(known.X, known.y, known.day)
    in_packs = QuantityModel(**SMALL).fit(known.X, known.y, known.day)
    pack = pack_of(test.X["product_id"].to_numpy())
    assert (in_packs.predict(test.X) % pack == 0).mean() > 0.95
    hits = [evaluate(test.y, model.predict(test.X)).hit_rate for model in (loose, in_packs)]
    assert hits[1] > hits[0] + 0.1


def test_unseen_orders_mend_a_range_that_is_too_narrow() -> None:
    """Orders came to vary more than those that the trees were fitted to: only unseen ones tell."""
    known, varied = market().part(0, 0.6), market(spread=2 * SPREAD)
    later, test = varied.part(0.6, 0.8), varied.part(0.8, 1)
    calm = QuantityModel(**SMALL).fit(known.X, known.y, known.day)
    unseen = Outcomes(calm.estimate(later.X), later.y)
    warned = QuantityModel(**SMALL).fit(known.X, known.y, known.day, unseen)
    coverage = []
    for model in (calm, warned):
        answers = model.answer(test.X)
        coverage.append(evaluate(test.y, answers.quantity, answers.low, answers.high).coverage)
    assert coverage[0] < calm.coverage - 0.1
    assert coverage[1] == pytest.approx(calm.coverage, abs=0.04)


def test_answers_to_the_latest_orders_add_up() -> None:
    """To those of the last days, not to those before."""
    known = market().part(0, 0.8)
    grown = Market(known.X, np.where(known.day > known.day[-1] - 60, 2 * known.y, known.y), known.day)
    totals = {}
    for days in (60, 10_000):
        model = QuantityModel(**SMALL, balance_days=days).fit(grown.X, grown.y, grown.day)
        recent = grown.day > grown.day[-1] - days
        of = model.estimate(grown.X[recent])
        totals[days] = model.decide(of).quantity.sum() / winsorized_total(grown.y[recent], of.median)
    assert totals == pytest.approx({60: 1.0, 10_000: 1.0}, abs=0.02)


def test_the_same_seed_gives_the_same_model() -> None:
    known, test = market().part(0, 0.3), market().part(0.8, 1)
    models = [QuantityModel(**SMALL, random_state=seed).fit(known.X, known.y, known.day) for seed in (0, 0, 1)]
    estimates = [np.concatenate([of.median, of.high]) for of in (model.estimate(test.X) for model in models)]
    np.testing.assert_array_equal(estimates[0], estimates[1])
    assert (estimates[0] != estimates[2]).any()


def test_it_is_a_scikit_learn_estimator() -> None:
    model = QuantityModel(max_iter=7, coverage=0.9)
    assert clone(model).get_params() == model.get_params()
    assert model.set_params(max_iter=3).max_iter == 3
    with pytest.raises(NotFittedError):
        model.predict(market().X)


def test_fitting_leaves_parameters_and_data_as_they_were() -> None:
    known = market().part(0, 0.1)
    before, y = known.X.copy(), known.y.copy()
    model = QuantityModel(**SMALL)
    parameters = model.get_params()
    assert model.fit(known.X, known.y, known.day) is model
    assert model.get_params() == parameters
    pd.testing.assert_frame_equal(known.X, before)
    np.testing.assert_array_equal(known.y, y)


def test_progress_names_each_ensemble_from_the_lowest_level_to_the_highest() -> None:
    known = market().part(0, 0.1)
    done: list[str] = []
    model = QuantityModel(**SMALL).fit(known.X, known.y, known.day, on_progress=done.append)
    assert tuple(done) == ENSEMBLES == tuple(model.levels())
    assert sorted(model.levels().values()) == list(model.levels().values())


def test_trees_are_fitted_to_the_latest_rows_and_packs_to_all() -> None:
    known, test = market().part(0, 0.5), market().part(0.8, 1)
    latest = Market(known.X.iloc[-1000:], known.y[-1000:], known.day[-1000:])
    limited = QuantityModel(**SMALL, max_rows=1000).fit(known.X, known.y, known.day)
    of_latest = QuantityModel(**SMALL).fit(latest.X, latest.y, latest.day)
    np.testing.assert_array_equal(limited.estimate(test.X).median, of_latest.estimate(test.X).median)
    assert limited.packs_.products.tolist() == np.unique(known.X["product_id"]).tolist()


def test_orders_count_as_many_as_they_stand_for() -> None:
    known, test = market().part(0, 0.5), market().part(0.8, 1)
    large = known.y > np.median(known.y)
    weight = np.where(large, 3, 1)
    as_is, weighted, repeated = (
        QuantityModel(**SMALL).fit(rows.X, rows.y, rows.day, sample_weight=counted).estimate(test.X).median.mean()
        for rows, counted in (
            (known, None),
            (known, weight),
            (
                Market(
                    known.X.loc[known.X.index.repeat(weight)], np.repeat(known.y, weight), np.repeat(known.day, weight)
                ),
                None,
            ),
        )
    )
    assert repeated > as_is
    assert weighted == pytest.approx(repeated, abs=(repeated - as_is) / 4)


@pytest.mark.parametrize(("rows", "trees"), [(5, 1), (ROWS_OF_HALF // 3, 5), (ROWS_OF_HALF, 10)])
def test_few_rows_grow_few_trees(rows: int, trees: int) -> None:
    few = market()[:rows]
    model = QuantityModel(max_iter=20).fit(few.X, few.y, few.day)
    assert [of_level.regressor_.n_iter_ for of_level in model.ensembles_.values()] == [trees] * len(ENSEMBLES)


@pytest.mark.parametrize("rows", [1, 2, 5, 50])
def test_a_handful_of_orders_is_enough_to_answer(rows: int) -> None:
    few, test = market().part(0.5, 1)[:rows], market().part(0.8, 1)
    for day in (few.day, None):
        answers = QuantityModel().fit(few.X, few.y, day).answer(test.X)
        assert_sound(answers)
        assert wape(test.y, answers.typical) < 1


@pytest.mark.parametrize(("stores", "products"), [(1, 25), (20, 1), (1, 1)])
def test_one_store_or_one_product_is_a_market(stores: int, products: int) -> None:
    whole = market(stores=stores, products=products, orders=600)
    known, test = whole.part(0, 0.7), whole.part(0.7, 1)
    answers = QuantityModel(**SMALL).fit(known.X, known.y, known.day).answer(test.X)
    assert_sound(answers)
    assert wape(test.y, answers.typical) < 0.7


@pytest.mark.parametrize("missing", [BLANK, UNKNOWN, BLANK | UNKNOWN], ids=["attributes", "numbers", "everything"])
def test_what_nobody_filled_in_is_no_hindrance(missing: dict[str, float | None]) -> None:
    known = market().part(0, 0.3)
    X = known.X.assign(**missing)
    model = QuantityModel(**SMALL).fit(X, known.y, known.day)
    for asked in (X, known.X):
        assert_sound(model.answer(asked))


@pytest.mark.parametrize("column", [name for name in INPUTS if name != "product_id"])
def test_any_column_may_be_missing_later(column: str) -> None:
    model = fitted()
    X = market().part(0.8, 1).X.head(20)
    assert_sound(model.answer(X.assign(**{column: None if column in ATTRIBUTES else np.nan})))


@pytest.mark.parametrize("orders", [60, 300, 1500])
def test_a_constant_quantity_is_answered(orders: int) -> None:
    whole = market(always_seven, orders=orders)
    known, test = whole.part(0, 0.7), whole.part(0.7, 1)
    answers = QuantityModel().fit(known.X, known.y, known.day).answer(test.X)
    assert_sound(answers)
    assert set(answers.quantity) == set(answers.typical) == {7}


def test_a_quantity_stands_for_the_numbers_that_round_to_it() -> None:
    """Quantiles of a constant lie around it, within half a case: estimates are not pinned to whole numbers."""
    whole = market(always_seven, orders=1500)
    known, test = whole.part(0, 0.7), whole.part(0.7, 1)
    of = QuantityModel().fit(known.X, known.y, known.day).estimate(test.X)
    low, middle, high = (np.exp(np.median(levels)) for levels in (of.low, of.median, of.high))
    assert 6.5 <= low < 6.8
    assert 6.8 < middle < 7.2
    assert 7.2 < high <= 7.5


def test_an_order_later_than_training_may_have_new_labels_and_ids() -> None:
    X = market().part(0.8, 1).X.head(20)
    known = fitted().answer(X)
    new = fitted().answer(X.assign(category="never seen", store_type="new", product_id=2**31 - 1))
    assert_sound(new)
    assert new.quantity.sum() == pytest.approx(known.quantity.sum(), rel=0.5)


def test_the_largest_quantities_are_answered_to_the_precision_of_the_features() -> None:
    whole = market(always_huge, orders=1500)
    known, test = whole.part(0, 0.7), whole.part(0.7, 1)
    answers = QuantityModel().fit(known.X, known.y, known.day).answer(test.X)
    assert_sound(answers)
    np.testing.assert_allclose(answers.quantity, HUGE, rtol=1e-6)


def test_a_few_giant_orders_do_not_spoil_the_answers_to_most() -> None:
    whole = market(seldom_huge)
    known, test = whole.part(0, 0.8), whole.part(0.8, 1)
    assert 0 < (known.y == HUGE).mean() < 0.02
    answers = QuantityModel(**SMALL).fit(known.X, known.y, known.day).answer(test.X)
    assert_sound(answers)
    for values in (answers.quantity, answers.typical):
        assert np.median(np.abs(np.log(values / test.y))) < 1.2 * SPREAD
