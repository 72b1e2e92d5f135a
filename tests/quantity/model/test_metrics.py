"""Metrics against numbers worked out by hand."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pytest

from quantity.model.metrics import Metrics, evaluate, mean_metrics

Y = np.array([1.0, 2.0, 3.0, 4.0])
PREDICTED = np.array([2.0, 2.0, 1.0, 6.0])
LOW, HIGH = np.array([1.0, 2.0, 1.0, 5.0]), np.array([2.0, 2.0, 2.0, 9.0])


def test_metrics() -> None:
    metrics = evaluate(Y, PREDICTED, LOW, HIGH)
    assert metrics.wape == pytest.approx(5 / 10)
    assert metrics.bias == pytest.approx(1 / 10)
    assert metrics.score == pytest.approx(6 / 10)
    assert metrics.mae == pytest.approx(5 / 4)
    assert metrics.rmse == pytest.approx(math.sqrt(9 / 4))
    assert metrics.hit_rate == pytest.approx(1 / 4)
    assert metrics.coverage == pytest.approx(2 / 4)
    assert metrics.range_width == pytest.approx((1 + 0 + 1 + 4) / 4)
    deviance = [2 * (y * math.log(y / p) - y + p) for y, p in zip(Y, PREDICTED, strict=True)]
    assert metrics.poisson_deviance == pytest.approx(sum(deviance) / 4)


def test_too_little_is_a_negative_bias_and_costs_the_same() -> None:
    metrics = evaluate(np.array([4.0, 4.0]), np.array([3.0, 3.0]))
    assert metrics.bias == pytest.approx(-0.25)
    assert metrics.score == pytest.approx(0.5)


def test_without_ranges_there_is_no_coverage() -> None:
    assert "coverage" not in evaluate(Y, PREDICTED).as_dict()


def test_the_mean_of_windows_counts_each_the_same() -> None:
    windows = [evaluate(Y, PREDICTED, LOW, HIGH), evaluate(Y[:1], Y[:1], Y[:1], Y[:1])]
    mean = mean_metrics(windows)
    for field in fields(Metrics):
        values = [getattr(window, field.name) for window in windows]
        assert getattr(mean, field.name) == pytest.approx(sum(values) / 2)
