"""The calibrated range covers as often as it says, on values it has not seen."""

from __future__ import annotations

import numpy as np
import pytest

from quantity.model.conformal import conformal_offset

COVERAGE = 0.8


@pytest.mark.parametrize("width", [0.1, 1.0, 5.0], ids=["too narrow", "about right", "too wide"])
def test_unseen_values_are_covered(width: float) -> None:
    rng = np.random.default_rng(0)
    seen, unseen = rng.normal(size=4000), rng.normal(size=20_000)
    offset = conformal_offset(seen, np.full(4000, -width), np.full(4000, width), COVERAGE)
    covered = (np.abs(unseen) <= width + offset).mean()
    assert covered == pytest.approx(COVERAGE, abs=0.02)


def test_the_rank_is_that_of_the_finite_sample() -> None:
    values, zero = np.array([1.0, 2.0, 3.0, 4.0]), np.zeros(4)
    assert conformal_offset(values, zero, zero, 0.8) == 4.0, "ceil(0.8 * 5) = 4th of four"
    assert conformal_offset(values, zero, zero, 0.5) == 3.0, "ceil(0.5 * 5) = 3rd"


def test_without_calibration_values_the_range_stays() -> None:
    nothing = np.array([])
    assert conformal_offset(nothing, nothing, nothing, COVERAGE) == 0.0
