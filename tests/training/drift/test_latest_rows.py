"""The latest rows are what the service reads for the same pairs."""

from __future__ import annotations

from itertools import product as every_combination
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from quantity.db.snapshots import SnapshotChangedError
from quantity.features.definitions import INPUTS
from quantity.online.kernel import COLD_START
from tests.support.models.generated_market import generated_model
from tests.support.orders.random_orders import STORES, random_lines
from tests.support.orders.random_snapshots import compute
from tests.support.outcomes.kernel_answers import predictor_of
from tests.support.publishing.published_market import current, market_features, publish_market
from training.drift.latest_rows import latest_rows, read_latest_rows

if TYPE_CHECKING:
    from sqlalchemy import Engine


@pytest.mark.parametrize("seed", range(3))
def test_rows_of_all_pairs_are_those_of_the_service(seed: int) -> None:
    features = compute([line for line in random_lines(seed, count=60) if line[0] != STORES or line[1] < 3])
    stores, products = features.latest["store"]["store_id"], features.latest["product"]["product_id"]
    pairs = pd.DataFrame(list(every_combination(stores, products)), columns=["store_id", "product_id"])

    rows = latest_rows(features.latest, pairs, features.as_of)

    found = predictor_of(generated_model(), features)
    status, expected = found.features(pairs["store_id"].to_numpy(), pairs["product_id"].to_numpy(), features.as_of)
    np.testing.assert_array_equal(generated_model().encoder_.transform(rows[list(INPUTS)]), expected)
    assert rows["store_id"].equals(pairs["store_id"])
    assert (status == COLD_START).any()


def test_all_pairs_are_read_where_they_are_few_and_else_a_part(engine: Engine) -> None:
    snapshot = publish_market(engine)
    every = read_latest_rows(engine, snapshot, snapshot.pair_rows)
    latest, keys = market_features().latest, ["store_id", "product_id"]
    expected = latest_rows(latest, latest["store_product"][keys], snapshot.as_of_date)
    pd.testing.assert_frame_equal(
        every.sort_values(keys, ignore_index=True), expected.sort_values(keys, ignore_index=True), check_exact=True
    )
    some = read_latest_rows(engine, snapshot, snapshot.pair_rows // 2)
    assert 0.4 < len(some) / len(every) < 0.6
    assert len(some.merge(every[keys], on=keys)) == len(some)


def test_rows_of_another_snapshot_are_refused(sqlite_engine: Engine) -> None:
    before = publish_market(sqlite_engine)
    publish_market(sqlite_engine, "second")
    with pytest.raises(SnapshotChangedError):
        read_latest_rows(sqlite_engine, before, 100)
    assert len(read_latest_rows(sqlite_engine, current(sqlite_engine), 100))
