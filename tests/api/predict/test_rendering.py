"""The text of an answer is the JSON that a library would write."""

from __future__ import annotations

import numpy as np
import pytest
from api.predict.rendering import ITEM_BYTES, render
from pydantic_core import to_json

from quantity.model.decision import MOST_CASES
from quantity.online.predictor import STATUSES, Predictions

MAX_ID = 2**31 - 1


def by_the_library(store_id: np.ndarray, product_id: np.ndarray, predictions: Predictions) -> bytes:
    p = predictions
    columns = (store_id, product_id, p.quantity, p.typical, p.low, p.high, p.status)
    items = [
        {
            "store_id": store,
            "product_id": product,
            "quantity": quantity or None,
            "typical": typical or None,
            "low": low or None,
            "high": high or None,
            "status": STATUSES[status],
        }
        for store, product, quantity, typical, low, high, status in zip(*(c.tolist() for c in columns), strict=True)
    ]
    return to_json({"predictions": [item["quantity"] for item in items], "items": items})[:-1]


@pytest.mark.parametrize("n", [1, 2, 3, 1000])
def test_any_answer(n: int) -> None:
    rng = np.random.default_rng(n)

    def numbers(most: int) -> np.ndarray:
        """As many short ones as long ones."""
        return np.minimum(np.exp(rng.uniform(0, np.log(most), n)).astype(np.int64), most)

    status = rng.integers(0, len(STATUSES), n)
    known = status < 2
    most = int(MOST_CASES)
    predictions = Predictions(status, *(np.where(known, numbers(most), 0) for _ in range(4)))
    store_id, product_id = numbers(MAX_ID), numbers(MAX_ID)

    assert render(store_id, product_id, predictions) == by_the_library(store_id, product_id, predictions)


@pytest.mark.parametrize("number", [int(MOST_CASES), np.iinfo(np.int64).max])
def test_the_longest_answer_has_room(number: int) -> None:
    most = np.full(50, number)
    longest = max(range(len(STATUSES)), key=lambda status: len(STATUSES[status]))
    ids = np.full(50, MAX_ID)
    predictions = Predictions(np.full(50, longest), most, most, most, most)

    text = render(ids, ids, predictions)

    assert text == by_the_library(ids, ids, predictions)
    assert len(text) < 50 * ITEM_BYTES


@pytest.mark.parametrize("number", [1, 9, 10, 99, 100, 12_345_678, MAX_ID])
def test_numbers_at_the_edge_of_another_digit(number: int) -> None:
    one = np.array([number])
    predictions = Predictions(np.array([0]), one, one, one, one)

    assert render(one, one, predictions) == by_the_library(one, one, predictions)
