"""Which features are compared: those whose values are many."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from quantity.features.definitions import ATTRIBUTES, CALENDAR, FORMULAS, NUMERIC_INPUTS, ROW
from tests.support.models.generated_market import generated_market, generated_model
from training.drift.features import FEWEST_GROUPS, columns_of, compared_features

STORES = FEWEST_GROUPS + 10


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """As many stores as are enough, of a category or two; each has its own product."""
    store_id = np.arange(600) % STORES
    inputs = generated_market().test.X.iloc[:600].reset_index(drop=True)
    return inputs.assign(store_id=store_id, product_id=store_id, category=np.where(store_id % 2, "odd", "even"))


def test_neither_the_date_nor_what_few_groups_share_is_compared(rows: pd.DataFrame) -> None:
    compared = set(compared_features(rows))
    of_few = {
        "level_all",
        "ewm_log_qty_all_h90d",
        "level_category",
        "ewm_log_qty_category_h90d",
        "level_region_category",
    }
    assert not compared & {column.name for column in CALENDAR}
    assert not compared & of_few
    assert compared >= {"cnt_store_l30d", "cnt_product_l30d", "qty_store_product_lag_1", "level_product", "base"}
    assert compared >= set(ATTRIBUTES)


def test_with_few_stores_there_is_nothing_of_stores_but_all_of_pairs(rows: pd.DataFrame) -> None:
    compared = set(compared_features(rows.assign(store_id=rows["store_id"] % 5)))
    assert "cnt_store_l30d" not in compared
    assert {"qty_store_product_lag_1", "cnt_product_l30d", "base"} <= compared


def test_one_large_group_beside_many_small_ones_is_few(rows: pd.DataFrame) -> None:
    lopsided = rows.assign(store_id=np.where(np.arange(len(rows)) < 500, 0, rows["store_id"]))
    assert "cnt_store_l30d" not in compared_features(lopsided)


def test_columns_are_those_that_the_model_reads() -> None:
    inputs = generated_market().test.X.iloc[:300]
    encoded = generated_model().encoder_.transform(inputs)
    columns = columns_of(inputs, ROW)
    for name in (*NUMERIC_INPUTS, *(formula.name for formula in FORMULAS)):
        np.testing.assert_array_equal(columns[name], encoded[:, ROW.index(name)])
    for name in ATTRIBUTES:
        assert pd.Series(columns[name]).equals(pd.Series(inputs[name].to_numpy(object)))
