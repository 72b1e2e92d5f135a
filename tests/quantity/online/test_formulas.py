"""The kernel computes the formulas as the history's are computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from quantity.features.definitions import FORMULAS, ROW
from quantity.features.relative import Difference, Formula, LogRatio, Shrunk, Sum, evaluate
from quantity.online.formulas import compile_formulas
from quantity.online.kernel import compute

A, B, C, OUT, NEXT = ROW[0], ROW[1], ROW[2], ROW[-2], ROW[-1]
AWKWARD = [np.nan, 0.0, -1.0, 1.0, 2.5, 1e-30, 1e30, -1e30, np.inf, -np.inf]


def both(formulas: tuple[Formula, ...], rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(m, n) values of m formulas on (n, `ROW`) rows: by the kernel, and as the history has them."""
    lanes = np.ascontiguousarray(rows.T)
    compute(lanes, len(rows), compile_formulas(formulas))
    with np.errstate(all="ignore"):
        expected = evaluate(formulas, dict(zip(ROW, rows.T, strict=True)))
    return lanes[[ROW.index(formula.name) for formula in formulas]], np.stack(list(expected.values()))


@pytest.mark.parametrize(
    "formulas",
    [
        pytest.param((Shrunk(OUT, A, B, 3.0, C),), id="shrunk"),
        pytest.param((Shrunk(OUT, A, B, 0.0, C),), id="shrunk by nothing"),
        pytest.param((Shrunk(OUT, A, B, 2.5),), id="shrunk to zero"),
        pytest.param((Sum(OUT, A, B),), id="sum"),
        pytest.param((Difference(OUT, A, B),), id="difference"),
        pytest.param((LogRatio(OUT, A, B),), id="log ratio"),
        pytest.param((Sum(OUT, A, B), Difference(NEXT, OUT, C)), id="one upon the other"),
    ],
)
def test_any_value_gives_what_the_history_has(formulas: tuple[Formula, ...]) -> None:
    """Missing values, zeros, negative and infinite ones, in every combination, and ordinary ones."""
    rng = np.random.default_rng(0)
    awkward = np.stack(np.meshgrid(AWKWARD, AWKWARD, AWKWARD), axis=-1).reshape(-1, 3)
    rows = np.zeros((len(awkward) + 1000, len(ROW)), dtype=np.float32)
    rows[: len(awkward), :3], rows[len(awkward) :, :3] = awkward, rng.normal(5, 3, (1000, 3))

    np.testing.assert_array_equal(*both(formulas, rows))


def test_all_that_are_declared_give_what_the_history_has() -> None:
    rng = np.random.default_rng(1)
    rows = rng.lognormal(1, 1, (2000, len(ROW))).astype(np.float32)
    rows[rng.random(rows.shape) < 0.2] = np.nan

    np.testing.assert_array_equal(*both(FORMULAS, rows))


def test_a_formula_of_an_unknown_class_is_refused() -> None:
    @dataclass(frozen=True)
    class Larger(Sum):
        """The larger of two columns."""

    with pytest.raises(TypeError, match="Larger"):
        compile_formulas([Larger(OUT, A, B)])
