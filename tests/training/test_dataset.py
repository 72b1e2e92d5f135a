"""The training data is ordered by time, and its digest tells data sets apart."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from quantity.features.compute import compute_features
from quantity.features.definitions import INPUTS
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from quantity.versions import Published
from training.dataset import Part, split_dataset
from training.sample_data.synthetic import synthetic_tables

CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - UTC by contract
SNAPSHOT = Published("p", 1, dt.date(2026, 1, 1), CREATED, "run", 1, 1, 1, 1, 1)


@pytest.fixture(scope="module")
def history() -> pd.DataFrame:
    raw = synthetic_tables(3000)
    return compute_features(sum_order_lines(raw.order_items), derive_entities(raw)).history


def test_parts_follow_each_other_in_time(history: pd.DataFrame) -> None:
    data = split_dataset(SNAPSHOT, history)
    parts = [data.train, data.calibration, data.test]
    dates = np.concatenate([part.date for part in parts])
    assert (np.diff(dates) >= np.timedelta64(0)).all()
    assert sum(len(part.y) for part in parts) == len(history)


def test_each_row_keeps_its_quantity(history: pd.DataFrame) -> None:
    shuffled = history.sample(frac=1, random_state=0)
    data, again = split_dataset(SNAPSHOT, history), split_dataset(SNAPSHOT, shuffled)

    def together(part: Part) -> pd.DataFrame:
        return part.X.assign(y=part.y, date=part.date).reset_index(drop=True)

    pd.testing.assert_frame_equal(together(data.test), together(again.test))
    assert list(data.test.X) == list(INPUTS)


def test_digest_is_of_the_values_not_of_their_order(history: pd.DataFrame) -> None:
    digest = split_dataset(SNAPSHOT, history).digest
    assert split_dataset(SNAPSHOT, history.sample(frac=1, random_state=0)).digest == digest
    changed = history.copy()
    changed.loc[0, "quantity"] = 999
    assert split_dataset(SNAPSHOT, changed).digest != digest
    changed = history.copy()
    changed.loc[len(changed) - 1, "last_case_price_cents_product"] = -1.0
    assert split_dataset(SNAPSHOT, changed).digest != digest
