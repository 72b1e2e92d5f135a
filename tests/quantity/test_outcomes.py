"""Live metrics of sums that have nothing to divide by, and sums that add up."""

from __future__ import annotations

import math
from dataclasses import asdict

import pytest

from quantity.db.monitoring_tables import BASELINE_PREFIXES, SUMS
from quantity.outcomes import added, live_metrics


def test_without_orders_nothing_is_known_but_that_there_are_none() -> None:
    metrics = asdict(live_metrics(added([])))
    baselines = metrics.pop("baselines")
    assert metrics.pop("orders") == 0
    assert all(math.isnan(value) for value in (*metrics.values(), *baselines.values()))
    assert set(baselines) == set(BASELINE_PREFIXES)


def test_pairs_that_nobody_ordered_are_unmatched_and_no_errors() -> None:
    metrics = live_metrics(added([{**dict.fromkeys(SUMS, 0), "predicted": 5}]))
    assert metrics.matched_share == 0
    assert math.isnan(metrics.score)


def test_sums_of_several_rows_are_sums_of_each_column() -> None:
    rows = [{name: float(i * factor) for i, name in enumerate(SUMS)} for factor in (1, 10)]
    assert added(rows) == {name: 11.0 * i for i, name in enumerate(SUMS)}


def test_the_best_baseline_is_that_of_the_lowest_score() -> None:
    sums = {**dict.fromkeys(SUMS, 0.0), "orders": 1.0, "sum_quantity": 10.0}
    sums |= {"last_order_sum_abs_error": 5.0, "pair_median_sum_abs_error": 2.0, "pair_median_sum_error": -2.0}
    sums |= {"product_mean_sum_abs_error": 3.0, "product_mean_sum_error": 2.0}
    name, score = live_metrics(sums).best_baseline
    assert name == "median of the pair"
    assert score == pytest.approx(0.4)
