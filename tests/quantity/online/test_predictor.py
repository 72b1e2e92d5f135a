"""Answers to many pairs at once are those of the model on each pair's features."""

from __future__ import annotations

import numpy as np
import pytest

from quantity.online.compile import compile_model
from quantity.online.kernel import BLOCK, COLD_START, decisions
from quantity.online.predictor import STATUSES, Predictor
from tests.quantity.features.random_orders import PRODUCTS, STORES, random_lines
from tests.quantity.generated import generated_model
from tests.quantity.online.test_snapshot import compute, snapshot_of

MODEL = compile_model(generated_model())


@pytest.mark.parametrize("n", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK])
def test_any_number_of_pairs(n: int) -> None:
    snapshot = snapshot_of(compute([line for line in random_lines(0, count=60) if line[0] != STORES or line[1] < 3]))
    predictor = Predictor(MODEL, snapshot)
    rng = np.random.default_rng(n)
    # One store and one product more than there are.
    store_id, product_id = rng.integers(1, STORES + 2, n), rng.integers(1, PRODUCTS + 2, n)
    date = snapshot.info.as_of_date

    found = predictor.predict(store_id, product_id, date)
    status, rows = predictor.features(store_id, product_id, date)

    known = status <= COLD_START
    expected = np.where(known[:, np.newaxis], decisions(rows, product_id, MODEL.forest, MODEL.rule), 0)
    np.testing.assert_array_equal(found.status, status)
    np.testing.assert_array_equal(np.stack([found.quantity, found.low, found.high], axis=1), expected)
    assert (found.quantity[known] >= 1).all()
    if n > BLOCK:
        assert set(status.tolist()) == set(range(len(STATUSES)))
