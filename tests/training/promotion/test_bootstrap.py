"""The interval of an improvement: from the right sums, and as wide as days and stores make it."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.stats import norm

from quantity.model.metrics import score
from training.promotion.bootstrap import (
    FEWEST_DAYS,
    AnsweredOrders,
    Improvement,
    _improvements,
    _multiplicities,
    _sums,
    improvement,
)

LEVEL = 0.9
CASES = 10.0


def random_orders(rng: np.random.Generator, n: int = 60, days: int = 6, stores: int = 5) -> AnsweredOrders:
    """Orders of two windows, with answers that are too large as often as too small."""
    day = np.sort(rng.integers(0, days, n))
    y = rng.integers(1, 30, n).astype(np.float64)
    answers = rng.integers(1, 30, (2, n)).astype(np.float64)
    return AnsweredOrders(day * 2 // days, day, rng.integers(100, 100 + stores, n), y, *answers)


def of(orders: AnsweredOrders, rows: np.ndarray) -> AnsweredOrders:
    """Some of the orders, as often as they are named."""
    return AnsweredOrders(*(getattr(orders, field.name)[rows] for field in fields(AnsweredOrders)))


def naive_improvement(orders: AnsweredOrders) -> float:
    """Of the score that is the mean over the windows that have orders."""
    gained = []
    for window in np.unique(orders.window):
        some = of(orders, np.flatnonzero(orders.window == window))
        gained.append(score(some.y, some.champion) - score(some.y, some.candidate))
    return float(np.mean(gained))


def test_a_replicate_is_the_score_of_orders_that_are_copied_as_often_as_their_day_and_store_are_drawn() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        orders = random_orders(rng, n=25)
        days, day = np.unique(orders.day, return_inverse=True)
        stores, store = np.unique(orders.store, return_inverse=True)
        drawn_days, drawn_stores = _multiplicities(len(days), 30, rng), _multiplicities(len(stores), 30, rng)
        found = _improvements(_sums(orders), drawn_days, drawn_stores)
        for replicate, value in enumerate(found):
            copies = drawn_days[day, replicate] * drawn_stores[store, replicate]
            rows = np.repeat(np.arange(len(orders.y)), copies.astype(np.int64))
            if len(rows):
                assert value == pytest.approx(naive_improvement(of(orders, rows)), abs=1e-12)
            else:
                assert np.isnan(value)


def test_every_draw_is_of_as_many_days_as_there_are() -> None:
    drawn = _multiplicities(7, 500, np.random.default_rng(2))
    assert drawn.shape == (7, 500)
    assert (drawn.sum(axis=0) == 7).all()
    assert drawn.mean(axis=1) == pytest.approx(np.ones(7), abs=0.2)


def test_the_estimate_is_the_difference_of_the_scores_and_lies_in_the_interval() -> None:
    orders = random_orders(np.random.default_rng(3))
    found = improvement(orders, LEVEL)
    assert found is not None
    assert found.estimate == pytest.approx(naive_improvement(orders))
    assert found.low < found.estimate < found.high


def test_the_order_of_the_orders_does_not_matter_and_each_run_says_the_same() -> None:
    rng = np.random.default_rng(4)
    orders = random_orders(rng)
    first, again = improvement(orders, LEVEL), improvement(of(orders, rng.permutation(len(orders.y))), LEVEL)
    assert first is not None
    assert again is not None
    assert (again.estimate, again.low, again.high) == pytest.approx((first.estimate, first.low, first.high))


def test_a_higher_level_is_a_wider_interval() -> None:
    orders = random_orders(np.random.default_rng(5), n=400, days=20)
    widths = [found.high - found.low for level in (0.5, 0.8, 0.99) if (found := improvement(orders, level))]
    assert widths == sorted(widths)
    assert len(set(widths)) == 3


def test_the_same_answers_are_no_improvement() -> None:
    orders = random_orders(np.random.default_rng(6))
    assert improvement(replace(orders, candidate=orders.champion), LEVEL) == Improvement(0.0, 0.0, 0.0, LEVEL)


@pytest.mark.parametrize(("days", "known"), [(FEWEST_DAYS - 1, False), (FEWEST_DAYS, True)])
def test_the_noise_of_too_few_days_is_not_known(days: int, known: bool) -> None:  # noqa: FBT001 - a row
    orders = random_orders(np.random.default_rng(7), days=days)
    assert (improvement(orders, LEVEL) is not None) is known


def test_a_better_answer_on_every_order_is_an_improvement_for_certain() -> None:
    orders = random_orders(np.random.default_rng(8))
    found = improvement(replace(orders, candidate=orders.y), LEVEL)
    assert found is not None
    assert found.low > 0


def test_it_is_told_in_words() -> None:
    assert str(Improvement(0.01234, -0.002, 0.03, 0.9)) == "better by 0.0123 (90% interval -0.0020 to 0.0300)"
    assert str(Improvement(-0.01234, -0.02, 0.003, 0.995)) == "worse by 0.0123 (99.5% interval -0.0200 to 0.0030)"


# --- how often the interval holds the truth ----------------------------------------------------------------


def simulated(rng: np.random.Generator, days: int, stores: int, better_by: float) -> AnsweredOrders:
    """Answers whose improvement is known, and differs by day and by store.

    They are all too large, so that a score is twice their mean error over the mean quantity.
    """
    day, store = np.nonzero(rng.random((days, stores)) < 0.5)
    n = len(day)
    y = np.full(n, CASES)
    candidate = y + 5 + rng.normal(0, 0.5, n)
    shared = rng.normal(0, 0.3, days)[day] + rng.normal(0, 0.3, stores)[store]
    better = better_by * CASES / 2 + shared + rng.normal(0, 0.5, n)
    return AnsweredOrders(day * 4 // days, day, store, y, candidate + better, candidate)


def as_if_independent(orders: AnsweredOrders) -> tuple[float, float]:
    """The interval by the central limit theorem, were each order drawn by itself."""
    gained = 2 * (orders.champion - orders.candidate) / CASES
    half = float(norm.ppf((1 + LEVEL) / 2) * gained.std() / np.sqrt(len(gained)))
    return float(gained.mean()) - half, float(gained.mean()) + half


@pytest.mark.parametrize(("days", "stores"), [(4, 40), (16, 30), (60, 20)])
def test_the_interval_holds_the_truth_as_often_as_it_says(days: int, stores: int) -> None:
    rng, runs, truth = np.random.default_rng(9), 200, 0.05
    held = independent = 0
    for seed in range(runs):
        orders = simulated(rng, days, stores, truth)
        found = improvement(orders, LEVEL, replicates=300, seed=seed)
        assert found is not None
        held += found.low <= truth <= found.high
        low, high = as_if_independent(orders)
        independent += low <= truth <= high
    assert 0.84 < held / runs < 0.98
    assert independent / runs < 0.7, "orders of a day and of a store are alike, and it makes no difference"


def test_of_two_equal_versions_the_later_is_seldom_promoted() -> None:
    rng, runs = np.random.default_rng(10), 200
    found = [improvement(simulated(rng, 16, 30, 0.0), LEVEL, replicates=300, seed=seed) for seed in range(runs)]
    promoted = sum(one is not None and one.low > 0 for one in found)
    assert promoted / runs < 0.1
