"""The orders that a version was not fitted to, of the last days, in time order."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from tests.support.publishing.published_market import market_features, publish_market
from training.fit.dataset import NoFeaturesError, model_inputs
from training.promotion.recalibration.unseen import read_unseen

if TYPE_CHECKING:
    from sqlalchemy import Engine

LAST = dt.date(2024, 12, 29)


def test_the_orders_are_those_since_training_but_of_the_last_days_only(engine: Engine) -> None:
    as_of = np.datetime64(publish_market(engine).as_of_date)
    for since_training, days in [(20, 20), (90, 56), (0, 0)]:
        orders = read_unseen(engine, as_of - since_training, most_days=56)

        expected = market_features().history.query("checkout_date >= @since", local_dict={"since": as_of - days})
        expected = expected.sort_values(["checkout_date", "store_id", "product_id"], ignore_index=True)
        assert len(orders.y) == len(expected)
        np.testing.assert_array_equal(orders.y, expected["quantity"])
        np.testing.assert_array_equal(orders.date, expected["checkout_date"].to_numpy("datetime64[D]"))
        pd.testing.assert_frame_equal(orders.X, model_inputs(expected))


def test_without_features_there_are_none(engine: Engine) -> None:
    with pytest.raises(NoFeaturesError):
        read_unseen(engine, np.datetime64(LAST), 56)
