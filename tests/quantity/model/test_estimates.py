"""Estimates are cut and joined row by row."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from quantity.model.estimates import Estimates, Outcomes, joined
from tests.support.models.made_up_estimates import estimates


@pytest.fixture
def whole() -> Outcomes:
    n = np.arange(1.0, 8.0)
    of = estimates(
        2 * n, low=n, upper=3 * n, high=4 * n, history=np.arange(7) % 3, product_id=np.arange(7), usual=n, usual_share=n
    )
    return Outcomes(of, 5 * n)


def test_windows_are_joined_in_order(whole: Outcomes) -> None:
    parts = [Outcomes(whole.estimates[rows], whole.y[rows]) for rows in (slice(0, 2), slice(2, 2), slice(2, 7))]
    assert [len(part) for part in parts] == [2, 0, 5]
    again = joined(parts)
    assert len(again) == len(again.estimates) == 7
    np.testing.assert_array_equal(again.y, whole.y)
    for field in fields(Estimates):
        np.testing.assert_array_equal(getattr(again.estimates, field.name), getattr(whole.estimates, field.name))
