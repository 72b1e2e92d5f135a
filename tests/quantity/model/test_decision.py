"""From estimates to whole cases: which number answers what, and where the range ends."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quantity.model.balance import WINSOR, winsorized_total
from quantity.model.baselines import BASELINES
from quantity.model.decision import USUAL_SHARE, USUAL_WITHIN, DecisionRule, Levels, learn_rule
from quantity.model.estimates import Estimates, Outcomes
from quantity.model.fallback import WEIGHTS, Fallback
from quantity.model.packs import MIN_ORDERS, PackQuantities
from quantity.model.segments import SHAPE, size_group
from tests.support.models.made_up_estimates import RICH, estimates, no_packs

LEVELS = Levels(median=0.5, upper=0.7, highest=0.9)
COVERAGE = 0.8
PACKED = 7
MANY = 10**6
"""So many orders to fit trees to that no baseline is needed."""


@pytest.fixture(scope="module")
def packs() -> PackQuantities:
    """One product comes in packs of 6 and 12."""
    return PackQuantities(0.1).fit(np.full(2 * MIN_ORDERS, PACKED), np.repeat([6.0, 12.0], MIN_ORDERS))


def leaning_everywhere(baseline: int, weight: float) -> Fallback:
    return Fallback(np.full(SHAPE, baseline), np.full(SHAPE, weight))


def test_the_unbiased_number_rises_above_the_median_and_the_typical_one_does_not() -> None:
    of = estimates([3.0, 4.9, 5.1, 40.0], upper=[4.6, 8.0, 8.0, 60.0])
    assert DecisionRule(rise=1.0).quantity(of, no_packs()).tolist() == [5, 8, 8, 60]
    assert DecisionRule(rise=1.0).typical(of, no_packs()).tolist() == [3, 5, 5, 40]


@pytest.mark.parametrize(("rise", "expected"), [(0.0, 16), (0.5, 32), (1.0, 64), (1.5, 128), (-0.5, 8)])
def test_the_unbiased_level_is_told_on_the_log_scale(rise: float, expected: int) -> None:
    assert DecisionRule(rise=rise).quantity(estimates(16.0, upper=64.0), no_packs()).tolist() == [expected]


NEAR, FAR = np.exp(USUAL_WITHIN) * 0.99, np.exp(USUAL_WITHIN) * 1.01


@pytest.mark.parametrize(
    ("usual", "share", "expected"),
    [
        pytest.param(10 * NEAR, USUAL_SHARE, 10 * NEAR, id="near above and frequent"),
        pytest.param(10 / NEAR, USUAL_SHARE, 10 / NEAR, id="near below and frequent"),
        pytest.param(10 * FAR, 1.0, 10, id="too large"),
        pytest.param(10 / FAR, 1.0, 10, id="too small"),
        pytest.param(10 * NEAR, USUAL_SHARE - 0.01, 10, id="too rare"),
        pytest.param(np.nan, np.nan, 10, id="no order yet"),
    ],
)
def test_the_typical_quantity_is_the_usual_one_where_it_is_near_and_frequent(
    usual: float, share: float, expected: float
) -> None:
    of = estimates(10.0, usual=usual, usual_share=share)
    assert DecisionRule().typical(of, no_packs()).tolist() == [expected]
    assert DecisionRule().quantity(of, no_packs()).tolist() == [10]


def test_answers_are_packs_unless_a_baseline_answers_alone(packs: PackQuantities) -> None:
    of = estimates(8.0, product_id=PACKED, baselines=np.array([[10.4, 7.5, 3.0]]))
    assert DecisionRule().quantity(of, packs).tolist() == [6]
    pulled = DecisionRule(quantity_fallback=leaning_everywhere(0, 0.5))
    assert pulled.quantity(of, packs).tolist() == [12], "√(8 · 10.4) is nearer to 12"
    for baseline, expected in enumerate([10, 8, 3]):
        alone = leaning_everywhere(baseline, 1.0)
        rule = DecisionRule(quantity_fallback=alone, typical_fallback=alone)
        assert rule.quantity(of, packs).tolist() == [expected]
        assert rule.typical(replace(of, usual=np.array([6.0]), usual_share=np.ones(1)), packs).tolist() == [expected]


def test_the_fallback_is_that_of_the_answers_own_history_and_size() -> None:
    """The unbiased number and the median may be of different size."""
    fallback = Fallback.none()
    fallback.baseline[1, size_group(np.array([30.0]))[0]] = 1
    fallback.weight[1, size_group(np.array([30.0]))[0]] = 1.0
    rule = DecisionRule(rise=1.0, quantity_fallback=fallback, typical_fallback=fallback)
    of = estimates([20.0, 20.0], upper=[30.0, 30.0], history=np.array([1, 2]), baselines=np.full((2, 3), 3.0))
    assert rule.quantity(of, no_packs()).tolist() == [3, 30]
    assert rule.typical(of, no_packs()).tolist() == [20, 20]


def test_the_range_moves_out_by_the_offset_of_history_and_size() -> None:
    rule = DecisionRule(offsets=np.arange(18.0).reshape(SHAPE) / 10)
    median = np.tile([1.0, 3.0, 6.0, 12.0, 50.0, 200.0], 3)
    of = estimates(median, low=median / 2, high=2 * median, history=np.repeat([0, 1, 2], 6))
    answers = rule.answer(of, no_packs())
    factor = np.exp(rule.offsets.ravel())
    assert answers.high.tolist() == np.floor(2 * median * factor + 0.5).tolist()
    assert answers.low.tolist() == np.maximum(np.floor(median / 2 / factor + 0.5), 1).tolist()


def test_the_offset_is_that_of_the_quantitys_size() -> None:
    """Quantity and typical quantity may be of different size."""
    rule = DecisionRule(rise=1.0, offsets=np.zeros(SHAPE))
    rule.offsets[RICH, size_group(np.array([30]))] = np.log(2)
    answers = rule.answer(estimates(8.0, low=6.0, upper=30.0, high=40.0), no_packs())
    assert [*answers.low, *answers.high] == [3, 80]


def test_a_range_that_closes_leaves_both_answers_inside() -> None:
    rule = DecisionRule(rise=1.0, offsets=np.full(SHAPE, -3.0))
    answers = rule.answer(estimates(10.0, low=9.0, upper=20.0, high=40.0), no_packs())
    ends = [*answers.low, *answers.typical, *answers.quantity, *answers.high]
    assert ends == [10, 10, 20, 20]


logs = st.one_of(st.floats(-100, 300), st.floats(-1, 22))
rules = st.builds(
    DecisionRule,
    rise=st.floats(-0.5, 4),
    quantity_fallback=st.builds(leaning_everywhere, st.integers(0, 2), st.sampled_from([0.0, *WEIGHTS])),
    typical_fallback=st.builds(leaning_everywhere, st.integers(0, 2), st.sampled_from([0.0, *WEIGHTS])),
    offsets=st.floats(-3, 5).map(lambda offset: np.full(SHAPE, offset)),
)


@st.composite
def any_estimates(draw: st.DrawFn) -> Estimates:
    n = draw(st.integers(1, 4))

    def column(values: st.SearchStrategy[float]) -> np.ndarray:
        return np.array(draw(st.lists(values, min_size=n, max_size=n)), dtype=np.float64)

    cases = st.integers(1, 2**31 - 1).map(float)
    low, median, upper, high = np.sort([column(logs) for _ in range(4)], axis=0)
    return Estimates(
        low=low,
        median=median,
        upper=upper,
        high=high,
        history=column(st.integers(0, 2)).astype(np.int64),
        product_id=column(st.sampled_from([PACKED, 1])).astype(np.int64),
        usual=column(st.one_of(st.just(np.nan), cases)),
        usual_share=column(st.one_of(st.just(np.nan), st.floats(0, 1))),
        baselines=np.column_stack([column(cases) for _ in BASELINES]),
    )


@settings(deadline=None, max_examples=200)
@given(rule=rules, of=any_estimates())
def test_answers_are_whole_numbers_of_cases_inside_their_range(
    packs: PackQuantities, rule: DecisionRule, of: Estimates
) -> None:
    """However extreme the estimates: in whole cases, at least one, and no more than a float64 tells apart."""
    answers = rule.answer(of, packs)
    for values in (answers.quantity, answers.typical, answers.low, answers.high):
        assert values.dtype == np.int64
        assert values.shape == of.median.shape
        assert (values >= 1).all()
        assert (values <= 2.0**53 * (1 + 1e-9)).all()
    assert (answers.low <= np.minimum(answers.quantity, answers.typical)).all()
    assert (answers.high >= np.maximum(answers.quantity, answers.typical)).all()


@settings(deadline=None)
@given(rule=rules, of=any_estimates())
def test_orders_are_answered_one_by_one(packs: PackQuantities, rule: DecisionRule, of: Estimates) -> None:
    together = rule.answer(of, packs)
    for i in range(len(of)):
        alone = rule.answer(of[i : i + 1], packs)
        assert (alone.quantity[0], alone.typical[0]) == (together.quantity[i], together.typical[i])
        assert (alone.low[0], alone.high[0]) == (together.low[i], together.high[i])


def skewed(seed: int, n: int = 8000) -> Outcomes:
    """Log-normal orders of pairs of every size; the estimates are the true quantiles."""
    rng = np.random.default_rng(seed)
    median, sigma = np.exp(rng.uniform(1, 5, n)), 0.7
    y = np.maximum(np.rint(median * np.exp(rng.normal(0, sigma, n))), 1)
    of = estimates(
        median,
        low=median * np.exp(-1.2816 * sigma),
        upper=median * np.exp(0.5244 * sigma),
        high=median * np.exp(1.2816 * sigma),
        history=rng.integers(0, 3, n),
        baselines=median[:, None] * np.exp(rng.normal(0, 1, (n, len(BASELINES)))),
    )
    return Outcomes(of, y)


def test_answers_add_up_to_what_was_ordered_and_go_on_to() -> None:
    recent = skewed(0)
    rule = learn_rule(recent, None, MANY, no_packs(), levels=LEVELS, coverage=COVERAGE)
    target = winsorized_total(recent.y, recent.estimates.median)
    assert rule.quantity(recent.estimates, no_packs()).sum() == pytest.approx(target, rel=0.002)
    later = skewed(1)
    assert rule.quantity(later.estimates, no_packs()).sum() == pytest.approx(later.y.sum(), rel=0.03)


def test_packs_do_not_throw_the_sum_out_of_balance(packs: PackQuantities) -> None:
    rng = np.random.default_rng(0)
    median = rng.uniform(4, 12, 4000)
    y = rng.choice([6.0, 6.0, 12.0], len(median))
    of = estimates(median, upper=1.5 * median, product_id=PACKED)
    rule = learn_rule(Outcomes(of, y), None, MANY, packs, levels=LEVELS, coverage=COVERAGE)
    answers = rule.quantity(of, packs)
    assert set(answers) == {6.0, 12.0}
    assert answers.sum() == pytest.approx(y.sum(), rel=0.01)


def test_one_giant_order_hardly_moves_the_answers() -> None:
    recent = skewed(0)
    rule = learn_rule(recent, None, MANY, no_packs(), levels=LEVELS, coverage=COVERAGE)
    largest = np.exp(recent.estimates.median[0]) * WINSOR
    recent.y[0] = largest
    of_largest = learn_rule(recent, None, MANY, no_packs(), levels=LEVELS, coverage=COVERAGE)
    recent.y[0] = 2.0**31 - 1
    of_giant = learn_rule(recent, None, MANY, no_packs(), levels=LEVELS, coverage=COVERAGE)
    assert of_giant.rise == of_largest.rise
    assert of_giant.rise == pytest.approx(rule.rise, abs=0.05)


def test_the_range_covers_unseen_orders_as_often_as_wanted_whatever_the_trees_said() -> None:
    for stretch in (0.3, 1.0, 2.0):
        unseen, later = skewed(0), skewed(1)
        for of in (unseen.estimates, later.estimates):
            of.low[:] = of.median + stretch * (of.low - of.median)
            of.high[:] = of.median + stretch * (of.high - of.median)
        rule = learn_rule(unseen, unseen, MANY, no_packs(), levels=LEVELS, coverage=COVERAGE)
        answers = rule.answer(later.estimates, no_packs())
        covered = (answers.low <= later.y) & (later.y <= answers.high)
        assert covered.mean() == pytest.approx(COVERAGE, abs=0.03)
        for history in range(3):
            assert covered[later.estimates.history == history].mean() == pytest.approx(COVERAGE, abs=0.04)


def test_equal_estimates_are_covered_at_least_as_often_as_wanted() -> None:
    """Where all estimates are the same, many orders lie at the very end of the range."""
    rng = np.random.default_rng(0)
    y = np.maximum(np.rint(5 * np.exp(rng.normal(0, 0.8, 4000))), 1)
    unseen = Outcomes(estimates(np.full(len(y), 5.2), low=4.0, upper=6.0, high=8.0), y)
    rule = learn_rule(unseen, unseen, MANY, no_packs(), levels=LEVELS, coverage=COVERAGE)
    answers = rule.answer(unseen.estimates, no_packs())
    assert ((answers.low <= y) & (y <= answers.high)).mean() >= COVERAGE


def test_what_the_answers_cover_needs_no_range(packs: PackQuantities) -> None:
    """Answers that lie outside the trees' range, being packs, cover enough on their own: the range closes on them."""
    y = np.repeat([6.0, 12.0], [900, 100])
    unseen = Outcomes(estimates(np.full(len(y), 8.0), low=7.6, high=8.4, product_id=PACKED), y)
    rule = learn_rule(unseen, unseen, MANY, packs, levels=LEVELS, coverage=COVERAGE)
    answers = rule.answer(unseen.estimates, packs)
    for ends in (answers.low, answers.high, answers.quantity, answers.typical):
        assert set(ends) == {6}


def test_a_baseline_takes_over_where_it_was_right_on_unseen_orders() -> None:
    unseen = skewed(0)
    history = unseen.estimates.history
    unseen.estimates.baselines[history == 1, 2] = unseen.y[history == 1]
    rule = learn_rule(skewed(2), unseen, MANY, no_packs(), levels=LEVELS, coverage=COVERAGE)
    for fallback in (rule.quantity_fallback, rule.typical_fallback):
        assert fallback.weight[1].max() == 1.0
        assert set(fallback.baseline[1][fallback.weight[1] > 0]) == {2}
        assert not fallback.weight[[0, RICH]].any()
    answers = rule.answer(unseen.estimates, no_packs())
    exact = answers.typical == unseen.y
    assert exact[history == 1].mean() > 0.9
    assert len(rule.leaning()) >= 2


def test_without_unseen_orders_range_and_fallback_are_the_trees_own() -> None:
    nothing = skewed(0, n=1)
    none_unseen = Outcomes(nothing.estimates[:0], nothing.y[:0])
    for unseen in (None, none_unseen):
        rule = learn_rule(skewed(0), unseen, MANY, no_packs(), levels=LEVELS, coverage=COVERAGE)
        assert not rule.offsets.any()
        assert not rule.quantity_fallback.weight.any()
        assert not rule.typical_fallback.weight.any()
        assert rule.leaning() == []


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_handful_of_orders_makes_a_rule(n: int) -> None:
    few = skewed(0, n=n)
    rule = learn_rule(few, few, n, no_packs(), levels=LEVELS, coverage=COVERAGE)
    answers = rule.answer(few.estimates, no_packs())
    assert np.isfinite(rule.offsets).all()
    assert (answers.high < 10 * few.y.max() * np.exp(1.2816 * 0.7)).all()


def test_unseen_orders_count_in_the_balance_like_recent_ones() -> None:
    """A level that was learned on the orders that the trees were fitted to alone would be too low."""
    recent, unseen = skewed(0, 4000), skewed(1, 4000)
    recent = Outcomes(recent.estimates, np.floor(np.exp(recent.estimates.median) + 0.5))
    rises = [
        learn_rule(of, also, MANY, no_packs(), levels=LEVELS, coverage=COVERAGE).rise
        for of, also in [(recent, None), (recent, unseen), (unseen, unseen)]
    ]
    assert all(lower < higher for lower, higher in pairwise(rises))
