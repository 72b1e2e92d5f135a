"""The text of an answer is the JSON that another library would write."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from pydantic_core import to_json

from api.predict.answer import write_answer
from api.predict.read import Question
from api.serving.memory import checked_pair
from quantity.model.decision import MOST_CASES
from quantity.online.predictor import Predictions
from quantity.online.statuses import STATUSES
from tests.support.api.small_market import feature_set, model_in_memory, snapshot_in_memory

MAX_ID = 2**31 - 1
DAY = dt.date(2031, 2, 3)
PAIR = checked_pair(model_in_memory("7"), snapshot_in_memory())


def by_another_library(question: Question, predictions: Predictions) -> bytes:
    p = predictions
    columns = (column.tolist() for column in (p.quantity, p.typical, p.low, p.high, p.status))
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
        for store, product, quantity, typical, low, high, status in zip(
            question.store_id.tolist(), question.product_id.tolist(), *columns, strict=True
        )
    ]
    return to_json(
        {
            "predictions": [item["quantity"] for item in items],
            "items": items,
            "date": DAY,
            "as_of": feature_set().as_of,
            "model": {"name": "quantity", "version": "7"},
        }
    )


@pytest.mark.parametrize("unknown", [True, False])
@pytest.mark.parametrize("n", [1, 2, 3, 1000])
def test_any_answer(n: int, *, unknown: bool) -> None:
    rng = np.random.default_rng(n)

    def numbers(most: int) -> np.ndarray:
        """As many short ones as long ones."""
        return np.minimum(np.exp(rng.uniform(0, np.log(most), n)).astype(np.int64), most)

    status = rng.integers(0, len(STATUSES) if unknown else 2, n)
    cases = [np.where(status < 2, numbers(int(MOST_CASES)), 0) for _ in range(4)]
    question = Question(numbers(MAX_ID), numbers(MAX_ID), None)
    predictions = Predictions(np.column_stack([question.store_id, question.product_id, status, *cases]))

    assert write_answer(question, predictions, DAY, PAIR) == by_another_library(question, predictions)


@pytest.mark.parametrize("number", [1, 255, 256, MAX_ID, int(MOST_CASES), np.iinfo(np.int64).max])
def test_numbers_of_any_length(number: int) -> None:
    one = np.array([number])
    predictions = Predictions(np.array([[number, number, 0, number, number, number, number]]))
    question = Question(one, one, None)

    assert write_answer(question, predictions, DAY, PAIR) == by_another_library(question, predictions)
