"""The training data is ordered by time, and its digest tells data sets apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from quantity.features.definitions import INPUTS
from tests.support.models.rolled_models import SNAPSHOT, generated_history
from training.fit.dataset import Dataset, cut_dataset


@pytest.fixture(scope="module")
def history() -> pd.DataFrame:
    return generated_history(3000)


def test_orders_ascend_in_time_and_none_is_lost(history: pd.DataFrame) -> None:
    data = cut_dataset(SNAPSHOT, history)
    assert (np.diff(data.date) >= np.timedelta64(0)).all()
    assert len(data.y) == len(data.X) == len(data.store_id) == len(history)


def test_rows_of_the_windows_are_the_orders_of_their_days(history: pd.DataFrame) -> None:
    data = cut_dataset(SNAPSHOT, history)
    for window in data.split.windows:
        assert np.array_equal(np.flatnonzero(window.mask(data.date)), np.arange(len(data.y))[data.rows(window)])
    tested = np.concatenate([np.arange(len(data.y))[data.rows(window)] for window in data.split.tests])
    assert np.array_equal(tested, np.arange(len(data.y))[data.tested])


def test_each_row_keeps_its_quantity(history: pd.DataFrame) -> None:
    def together(data: Dataset) -> pd.DataFrame:
        return data.X.assign(y=data.y, date=data.date, store=data.store_id)

    data = cut_dataset(SNAPSHOT, history)
    again = cut_dataset(SNAPSHOT, history.sample(frac=1, random_state=0))
    pd.testing.assert_frame_equal(together(data), together(again))
    assert list(data.X) == list(INPUTS)
    keyed = history.set_index(["store_id", "product_id", "checkout_date"])["quantity"]
    wanted = keyed.loc[list(zip(data.store_id, data.X["product_id"], pd.Series(data.date), strict=True))]
    assert np.array_equal(wanted.to_numpy(), data.y)


def test_digest_is_of_the_values_not_of_their_order(history: pd.DataFrame) -> None:
    digest = cut_dataset(SNAPSHOT, history).digest
    assert cut_dataset(SNAPSHOT, history.sample(frac=1, random_state=0)).digest == digest
    changed = history.copy()
    changed.loc[0, "quantity"] = 999
    assert cut_dataset(SNAPSHOT, changed).digest != digest
    changed = history.copy()
    changed.loc[len(changed) - 1, "ewm_log_qty_product_h90d"] = -1.0
    assert cut_dataset(SNAPSHOT, changed).digest != digest
