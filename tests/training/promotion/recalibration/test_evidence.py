"""A range follows newer orders, and nothing else of the model changes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from quantity.model.estimates import Outcomes
from quantity.model.segments import SHAPE
from quantity.online.compile import compile_model
from quantity.online.kernel import decisions
from tests.support.models.generated_market import generated_market, generated_model
from training.promotion.recalibration.evidence import FEWEST_ORDERS, TooFewOrdersError, following, recalibrate
from training.promotion.recalibration.unseen import Orders

if TYPE_CHECKING:
    from quantity.model.decision import Answers

FIRST_DAY = np.datetime64("2024-10-01")
DAYS = 40


@cache
def orders(noise: float = 1.0, seed: int = 0) -> Orders:
    """The generated orders after training, dealt out to days, each so many times as far from its median."""
    X, y = generated_market().test
    median = generated_model().estimate(X).median
    cases = np.maximum(np.rint(np.exp(median + noise * (np.log(y) - median))), 1.0)
    shuffled = np.random.default_rng(seed).permutation(len(y))
    return Orders(X.iloc[shuffled], cases[shuffled], FIRST_DAY + np.sort(np.arange(len(y)) % DAYS))


def part(of: Orders, rows: slice) -> Orders:
    return Orders(of.X.iloc[rows], of.y[rows], of.date[rows])


def coverage(answers: Answers, y: np.ndarray) -> float:
    return float(((answers.low <= y) & (y <= answers.high)).mean())


@pytest.mark.parametrize("noise", [0.5, 1.6, 2.5], ids=["less noise", "more noise", "much more noise"])
def test_after_a_shift_later_days_are_covered_again(noise: float) -> None:
    model, before, after = generated_model(), [], []
    for seed in range(4):
        of = orders(noise, seed)
        known, later = part(of, slice(1_800)), part(of, slice(1_800, None))
        before.append(coverage(model.answer(later.X), later.y))
        after.append(coverage(recalibrate(model, known).model.answer(later.X), later.y))
    assert abs(np.mean(before) - model.coverage) > 0.1
    assert np.mean(after) == pytest.approx(model.coverage, abs=0.03)


def test_the_evidence_is_of_days_that_the_range_does_not_follow() -> None:
    of, model = orders(1.6), generated_model()
    found = recalibrate(model, of)
    later = of.date >= found.tested_from
    by_earlier = following(model, Outcomes(model.estimate(of.X[~later]), of.y[~later]))
    assert found.before.coverage == coverage(model.answer(of.X[later]), of.y[later])
    assert found.after.coverage == coverage(by_earlier.answer(of.X[later]), of.y[later])
    assert (found.since, found.until) == (FIRST_DAY, FIRST_DAY + DAYS - 1)
    assert found.tested_from == FIRST_DAY + DAYS // 2
    assert found.helps


def test_where_nothing_has_shifted_another_range_does_not_help() -> None:
    assert not recalibrate(generated_model(), orders()).helps


@pytest.mark.parametrize(
    ("tested", "before", "after", "helps"),
    [
        (100_000, 0.70, 0.79, True),
        (100_000, 0.90, 0.81, True),
        (100_000, 0.70, 0.89, True),
        (100_000, 0.789, 0.80, True),
        (100_000, 0.791, 0.80, False),
        (100_000, 0.81, 0.70, False),
        (1_600, 0.775, 0.80, True),
        (400, 0.775, 0.80, False),
        (400, 0.75, 0.80, True),
    ],
)
def test_another_range_helps_that_is_nearer_by_more_than_noise(
    *, tested: int, before: float, after: float, helps: bool
) -> None:
    """The standard error of a coverage of 80 % is one point with 1,600 orders and two with 400."""
    found = recalibrate(generated_model(), orders())
    changed = replace(
        found,
        tested=tested,
        before=replace(found.before, coverage=before),
        after=replace(found.after, coverage=after),
    )
    assert changed.helps == helps


@pytest.mark.parametrize("noise", [0.5, 2.5])
def test_quantity_and_typical_stay_and_lie_in_the_range(noise: float) -> None:
    model, X = generated_model(), orders().X
    before, after = model.answer(X), recalibrate(model, orders(noise)).model.answer(X)
    np.testing.assert_array_equal(after.quantity, before.quantity)
    np.testing.assert_array_equal(after.typical, before.typical)
    assert (after.low >= 1).all()
    assert (after.low <= np.minimum(after.quantity, after.typical)).all()
    assert (after.high >= np.maximum(after.quantity, after.typical)).all()
    assert ((after.high - after.low) != (before.high - before.low)).any()


def test_the_model_itself_stays_as_it_is() -> None:
    model = generated_model()
    offsets = model.rule_.offsets.copy()
    recalibrated = recalibrate(model, orders(1.6)).model
    np.testing.assert_array_equal(model.rule_.offsets, offsets)
    assert recalibrated.rule_.offsets.shape == SHAPE
    assert (recalibrated.rule_.offsets > offsets).all()


def test_the_kernel_answers_as_the_recalibrated_model_does() -> None:
    model, X = recalibrate(generated_model(), orders(1.6)).model, orders().X
    compiled, answers = compile_model(model), model.answer(X)
    served = decisions(model.encoder_.transform(X), X["product_id"].to_numpy(np.int64), compiled.forest, compiled.rule)
    expected = [answers.quantity, answers.typical, answers.low, answers.high]
    np.testing.assert_array_equal(served, np.stack(expected, axis=1))


def test_too_few_orders_are_refused_and_enough_are_not() -> None:
    model, of = generated_model(), orders()
    with pytest.raises(TooFewOrdersError, match=r"1,000 orders of two days at least, and there are 999 of 14"):
        recalibrate(model, part(of, slice(FEWEST_ORDERS - 1)))
    assert recalibrate(model, part(of, slice(FEWEST_ORDERS))).orders == FEWEST_ORDERS


def test_orders_of_one_day_are_refused() -> None:
    of = orders()
    with pytest.raises(TooFewOrdersError, match=r"of 1$"):
        recalibrate(generated_model(), Orders(of.X, of.y, np.full(len(of.y), FIRST_DAY)))


def test_no_orders_are_refused_without_an_estimate() -> None:
    with pytest.raises(TooFewOrdersError, match="there are 0 of 0"):
        recalibrate(generated_model(), part(orders(), slice(0)))
