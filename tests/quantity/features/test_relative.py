"""Each formula against the same sum of single numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quantity.features.relative import Difference, Formula, LogRatio, Shrunk, Sum, evaluate

NAN = math.nan

numbers = st.one_of(st.just(NAN), st.floats(-1e6, 1e6))
counts = st.one_of(st.just(NAN), st.just(0.0), st.floats(1e-30, 1e6))
priors = st.floats(-1e6, 1e6)


def computed(formula: Formula, rows: list[tuple[float, ...]]) -> np.ndarray:
    columns = np.array(rows, dtype=np.float64).reshape(len(rows), len(formula.reads))
    return formula.compute(*columns.T)


@settings(deadline=None)
@given(rows=st.lists(st.tuples(numbers, counts, priors), min_size=1), orders=st.sampled_from([0, 1, 20]))
def test_a_shrunk_mean_is_weighted_with_its_prior(rows: list[tuple[float, float, float]], orders: float) -> None:
    """Where there is no mean, the prior stands."""

    def one(mean: float, count: float, prior: float) -> float:
        if math.isnan(mean) or math.isnan(count) or count + orders == 0:
            return prior
        return (count * mean + orders * prior) / (count + orders)

    found = computed(Shrunk("level", "mean", "count", orders, "prior"), list(rows))
    np.testing.assert_allclose(found, [one(*row) for row in rows], rtol=1e-12)


@settings(deadline=None)
@given(rows=st.lists(st.tuples(numbers, counts), min_size=1), orders=st.sampled_from([0, 3]))
def test_without_a_prior_a_mean_is_shrunk_to_nothing(rows: list[tuple[float, float]], orders: float) -> None:
    of_zero = computed(Shrunk("level", "mean", "count", orders, "prior"), [(*row, 0.0) for row in rows])
    found = computed(Shrunk("level", "mean", "count", orders), list(rows))
    np.testing.assert_array_equal(found, of_zero)
    assert not np.isnan(found).any()


@settings(deadline=None)
@given(mean=priors, prior=priors, count=st.floats(0.01, 1e4))
def test_a_shrunk_mean_lies_between_mean_and_prior(mean: float, prior: float, count: float) -> None:
    (found,) = computed(Shrunk("level", "mean", "count", 5, "prior"), [(mean, count, prior)])
    low, high = sorted([mean, prior])
    assert low - 1e-9 * abs(low) <= found <= high + 1e-9 * abs(high)


@settings(deadline=None)
@given(rows=st.lists(st.tuples(numbers, numbers), min_size=1))
def test_sum_and_difference(rows: list[tuple[float, float]]) -> None:
    """Missing where one side is."""
    np.testing.assert_array_equal(computed(Sum("sum", "a", "b"), list(rows)), [a + b for a, b in rows])
    np.testing.assert_array_equal(computed(Difference("less", "a", "b"), list(rows)), [a - b for a, b in rows])


@settings(deadline=None)
@given(rows=st.lists(st.tuples(st.one_of(numbers, st.sampled_from([0.0, -0.0])), numbers), min_size=1))
def test_a_log_ratio_is_missing_where_the_amount_is_not_positive(rows: list[tuple[float, float]]) -> None:
    expected = [math.log(amount) - level if amount > 0 else NAN for amount, level in rows]
    np.testing.assert_allclose(computed(LogRatio("ratio", "amount", "level"), list(rows)), expected, rtol=1e-12)


def f32(value: float) -> float:
    return float(np.float32(value))


@settings(deadline=None)
@given(a=priors, b=priors, c=priors)
def test_columns_are_rounded_to_float32_before_they_are_read(a: float, b: float, c: float) -> None:
    """Stored ones and those that formulas made alike; what is computed between is float64."""
    formulas: list[Formula] = [Sum("sum", "a", "b"), Difference("less", "sum", "c")]
    made = evaluate(formulas, {name: np.array([value]) for name, value in {"a": a, "b": b, "c": c}.items()})
    assert {values.dtype for values in made.values()} == {np.dtype(np.float32)}
    total = f32(f32(a) + f32(b))
    assert made["sum"].tolist() == [total]
    assert made["less"].tolist() == [f32(total - f32(c))]


def test_formulas_are_made_in_order_and_alone_returned() -> None:
    formulas = [Sum("twice", "a", "a"), Sum("thrice", "twice", "a")]
    made = evaluate(formulas, {"a": np.array([1.0, NAN]), "unread": np.array(["x", "y"])})
    assert list(made) == ["twice", "thrice"]
    np.testing.assert_array_equal(made["thrice"], [3.0, NAN])


def test_a_formula_that_reads_a_later_one_is_an_error() -> None:
    with pytest.raises(KeyError, match="later"):
        evaluate([Sum("early", "later", "a"), Sum("later", "a", "a")], {"a": np.array([1.0])})


def test_no_rows_make_no_values() -> None:
    assert evaluate([LogRatio("ratio", "a", "b")], {"a": np.array([]), "b": np.array([])})["ratio"].shape == (0,)
