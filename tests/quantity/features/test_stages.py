"""What an order turned out to be, relative to what was expected of it."""

from __future__ import annotations

import numpy as np

from quantity.features.orders import Orders
from quantity.features.stages import Above, Stage, first_measures, next_measures

QUANTITY = np.array([1, 6, 2**31 - 1])


def test_the_first_measures_are_cases_and_logarithms_of_cases_and_cents() -> None:
    ids = np.arange(3)
    orders = Orders(ids, ids, ids, QUANTITY, np.array([0.0, 0.5, 250.0]))
    measures = first_measures(orders)
    assert measures["qty"].tolist() == QUANTITY.tolist()
    np.testing.assert_allclose(np.exp(measures["log_qty"]), QUANTITY)
    # A case that costs nothing is taken to cost a cent.
    np.testing.assert_allclose(np.exp(measures["log_price"]), [1.0, 1.0, 250.0])


def test_an_order_is_measured_above_the_level_of_its_own_row() -> None:
    stage = Stage((), (), (Above("lift", "level"), Above("distance", "level", absolute=True)))
    log_qty, level = np.log(QUANTITY), np.log(np.array([2, 2, 4])).astype(np.float32)
    measures = next_measures(stage, log_qty, {"level": level})
    assert list(measures) == ["lift", "distance"]
    np.testing.assert_array_equal(measures["lift"], log_qty - level.astype(np.float64))
    np.testing.assert_array_equal(measures["distance"], np.abs(measures["lift"]))
    assert measures["lift"][0] < 0 < measures["lift"][1]
