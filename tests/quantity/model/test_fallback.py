"""A baseline answers where it is certainly better, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quantity.model.baselines import BASELINES
from quantity.model.estimates import Outcomes
from quantity.model.fallback import (
    LEAST_WEIGHT,
    MARGIN,
    MIN_ORDERS,
    ORDERS_OF_A_BASELINE,
    WEIGHTS,
    Fallback,
    best_baseline,
    blend,
    pinball,
    whole,
)
from quantity.model.history import HISTORY_LENGTHS
from quantity.model.metrics import wape
from quantity.model.segments import SHAPE, SIZES, size_group
from tests.support.models.made_up_estimates import RICH, estimates

MEDIAN = 0.5
LAST_ORDER, MEDIAN_OF_PAIR, PRODUCT_MEAN = range(len(BASELINES))


def outcomes(seed: int, n: int = 12_000) -> Outcomes:
    """Orders near the trees' estimates, and baselines that are the estimates with noise of their own."""
    rng = np.random.default_rng(seed)
    median = np.exp(rng.uniform(0, 5.5, n))
    y = np.maximum(np.rint(median * np.exp(rng.normal(0, 0.4, n))), 1)
    baselines = median[:, None] * np.exp(rng.normal(0, 0.5, (n, len(BASELINES))))
    return Outcomes(estimates(median, history=rng.integers(0, 3, n), baselines=baselines), y)


def chosen(of: Outcomes, level: float = MEDIAN) -> Fallback:
    return Fallback.none().corrected(of, np.exp(of.estimates.median), level)


@pytest.mark.parametrize("place", [(0, 0), (1, 3), (RICH, 5)])
@pytest.mark.parametrize("baseline", range(len(BASELINES)))
def test_a_baseline_that_is_right_in_one_segment_answers_there_alone(place: tuple[int, int], baseline: int) -> None:
    of = outcomes(seed=0)
    history, size = of.estimates.history, size_group(np.exp(of.estimates.median))
    here = (history == place[0]) & (size == place[1])
    of.estimates.baselines[here, baseline] = of.y[here]
    fallback = chosen(of)
    assert fallback.baseline[place] == baseline
    assert fallback.weight[place] == 1.0
    elsewhere = np.delete(fallback.weight.ravel(), np.ravel_multi_index(place, SHAPE))
    assert not elsewhere.any()


@pytest.mark.parametrize("level", [MEDIAN, 0.62])
def test_noise_alone_is_no_reason(level: float) -> None:
    """The trees answer alone, however often the dice are thrown."""
    leaning = [chosen(outcomes(seed, n=3000), level).weight.any() for seed in range(40)]
    assert sum(leaning) == 0


def test_two_independent_estimates_are_better_than_one() -> None:
    """A baseline that errs as much as the trees, but elsewhere, pulls them halfway."""
    rng = np.random.default_rng(0)
    truth = np.exp(rng.uniform(2, 5, 6000))
    median, other = (truth * np.exp(rng.normal(0, 0.5, len(truth))) for _ in range(2))
    baselines = np.column_stack([median, other, median])
    fallback = chosen(Outcomes(estimates(median, baselines=baselines), np.rint(truth)))
    at = RICH, size_group(np.array([30.0]))[0]
    assert fallback.baseline[at] == MEDIAN_OF_PAIR
    assert fallback.weight[at] == 0.5


@pytest.mark.parametrize("n", [0, 1, 2, MIN_ORDERS - 1])
def test_few_orders_are_no_reason_however_good_the_baseline(n: int) -> None:
    median = np.full(n, 10.0)
    exact = np.full((n, len(BASELINES)), 13.0)
    assert not chosen(Outcomes(estimates(median, baselines=exact), np.full(n, 13.0))).weight.any()


def test_what_is_clearly_better_takes_the_place_of_what_was_leaned_on() -> None:
    """And where nothing is clearly better, that stays."""
    of = outcomes(seed=0)
    here = of.estimates.history == 1
    of.estimates.baselines[here, PRODUCT_MEAN] = of.y[here]
    # An exact copy of the trees: to lean on it changes nothing.
    of.estimates.baselines[:, LAST_ORDER] = np.exp(of.estimates.median)
    before = everywhere(LAST_ORDER, 0.4)
    fallback = before.corrected(of, np.exp(of.estimates.median), MEDIAN)
    assert (fallback.baseline[1] == PRODUCT_MEAN).all()
    assert (fallback.weight[1] == 1.0).all()
    for unchanged in (0, RICH):
        assert (fallback.baseline[unchanged] == LAST_ORDER).all()
        assert (fallback.weight[unchanged] == 0.4).all()
    assert (before.weight == 0.4).all(), "the one before is left as it was"


def everywhere(baseline: int, weight: float) -> Fallback:
    return Fallback(np.full(SHAPE, baseline), np.full(SHAPE, weight))


@pytest.mark.parametrize("best", range(len(BASELINES)))
def test_with_little_to_fit_to_the_best_baseline_counts_the_more(best: int) -> None:
    of = outcomes(seed=0)
    of.estimates.baselines[:, best] = of.y * 1.1
    weights = []
    for orders in (1, 100, ORDERS_OF_A_BASELINE, 10 * ORDERS_OF_A_BASELINE):
        fallback = Fallback.smooth(of, wape, orders)
        assert (fallback.baseline == best).all()
        weights.append(fallback.weight.max())
        assert (fallback.weight == weights[-1]).all()
    assert weights == sorted(weights, reverse=True)
    assert weights[0] == pytest.approx(1, abs=0.001)
    assert weights[0] < 1, "the trees are never left out on such grounds"
    assert weights[2] == 0.5


def test_with_much_to_fit_to_the_trees_are_on_their_own() -> None:
    enough = ORDERS_OF_A_BASELINE / LEAST_WEIGHT
    assert not Fallback.smooth(outcomes(seed=0), wape, int(enough)).weight.any()


def test_a_baseline_that_beats_the_answers_on_all_orders_replaces_them() -> None:
    of = outcomes(seed=0)
    answers = whole(np.exp(of.estimates.median))
    before = leaning_at((1, 2), LAST_ORDER, 0.5)
    many = 10**9
    assert before.beaten(of, wape, answers, best_baseline(of, wape), many) is before
    of.estimates.baselines[:, MEDIAN_OF_PAIR] = of.y
    replaced = before.beaten(of, wape, answers, best_baseline(of, wape), many)
    assert (replaced.baseline == MEDIAN_OF_PAIR).all()
    assert (replaced.weight == 1.0).all()


@pytest.mark.parametrize(("orders", "proven"), [(1, False), (10**9, True)])
def test_with_little_to_fit_to_the_answers_have_to_be_better_by_a_margin(orders: int, *, proven: bool) -> None:
    y = np.full(1000, 100.0)
    baselines = np.full((len(y), len(BASELINES)), 120.0)
    of = Outcomes(estimates(y, baselines=baselines), y)
    a_little_better = np.full(len(y), np.floor(120.0 - 100 * MARGIN / 2))
    assert wape(y, a_little_better) < wape(y, baselines[:, 0])
    assert (
        Fallback.none().beaten(of, wape, a_little_better, best_baseline(of, wape), orders).weight == 0
    ).all() == proven
    much_better = np.full(len(y), 120.0 - 100 * MARGIN - 1)
    assert not Fallback.none().beaten(of, wape, much_better, best_baseline(of, wape), orders).weight.any()


def leaning_at(place: tuple[int, int], baseline: int, weight: float) -> Fallback:
    fallback = Fallback.none()
    fallback.baseline[place], fallback.weight[place] = baseline, weight
    return fallback


@pytest.mark.parametrize("weight", WEIGHTS)
def test_estimates_of_a_leaning_segment_are_pulled_and_others_stay(weight: float) -> None:
    estimate, history = np.array([4.0, 4.0, 9.5, 8.9]), np.array([1, RICH, 1, 1])
    baselines = np.tile([1.0, 2.5, 3.0], (4, 1))
    pulled, alone = leaning_at((1, 2), MEDIAN_OF_PAIR, weight).apply(estimate, history, baselines)
    assert pulled[[1, 2]].tolist() == [4.0, 9.5], "another history, another size"
    expected = [estimate[i] ** (1 - weight) * 2.5**weight for i in (0, 3)]
    np.testing.assert_allclose(pulled[[0, 3]], expected, rtol=1e-14)
    assert alone.tolist() == [weight == 1.0, False, False, weight == 1.0]


@settings(deadline=None)
@given(
    estimate=st.floats(0.01, 1e12),
    baseline=st.one_of(st.integers(1, 2**31 - 1), st.integers(1, 10_000).map(lambda n: n / 2)),
)
def test_a_baseline_that_answers_alone_answers_as_it_is(estimate: float, baseline: float) -> None:
    """To the bit, so that half a case is rounded as it was."""
    leaning = everywhere(LAST_ORDER, 1.0)
    answer, alone = leaning.apply(np.array([estimate]), np.array([0]), np.full((1, len(BASELINES)), baseline))
    assert answer.tolist() == [baseline]
    assert alone.all()


@settings(deadline=None)
@given(a=st.floats(0.1, 1e9), b=st.floats(0.1, 1e9), weight=st.sampled_from(WEIGHTS))
def test_a_blend_lies_between_both_on_the_log_scale(a: float, b: float, weight: float) -> None:
    (found,) = blend(np.array([a]), np.array([b]), weight)
    assert np.log(found) == pytest.approx(np.log(a) + weight * (np.log(b) - np.log(a)), abs=1e-9)


def test_the_trees_alone_are_left_to_the_bit() -> None:
    estimate = np.array([1.1, 7.7, 1e12])
    pulled, alone = Fallback.none().apply(estimate, np.zeros(3, dtype=np.int64), np.ones((3, len(BASELINES))))
    np.testing.assert_array_equal(pulled, estimate)
    assert not alone.any()


def test_whole_numbers_are_the_nearest_and_at_least_one() -> None:
    assert whole(np.array([-2.0, 0.0, 0.5, 1.49, 1.5, 2.5])).tolist() == [1, 1, 1, 1, 2, 3]


@pytest.mark.parametrize("level", [0.1, 0.5, 0.7])
def test_the_pinball_loss_is_least_at_the_quantile(level: float) -> None:
    y = np.arange(1.0, 100.0)
    losses = [pinball(y, np.full(len(y), guess), level).sum() for guess in y]
    assert y[int(np.argmin(losses))] == pytest.approx(level * 100, abs=1)


def test_at_the_median_the_pinball_loss_is_the_absolute_error() -> None:
    y, estimate = np.array([1.0, 5.0, 5.0]), np.array([4.0, 5.0, 3.5])
    np.testing.assert_array_equal(pinball(y, estimate, MEDIAN), np.abs(y - estimate))


def test_leaning_segments_are_told_in_words() -> None:
    (words,) = leaning_at((1, 3), PRODUCT_MEAN, 0.25).describe()
    for word in (HISTORY_LENGTHS[1], SIZES[3], "product mean", "25%"):
        assert word in words
    assert Fallback.none().describe() == []
    assert Fallback.alone("product mean").describe() == ["all orders: product mean by 100%"]
