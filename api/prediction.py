"""From a request's body to an answer's: parsed, predicted and serialized once."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from pydantic import ValidationError
from pydantic_core import to_json

from api.errors import invalid_request
from api.schemas import predict_request
from quantity.online.predictor import STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.prediction_metrics import PredictionMetrics
    from api.schemas import Pair
    from api.serving import Answering
    from quantity.online.predictor import Predictions


class Answered(NamedTuple):
    """An answer's body, and how many pairs it answers."""

    body: bytes
    pairs: int


def today() -> dt.date:
    """The date in UTC."""
    return dt.datetime.now(dt.UTC).date()


class Answerer:
    """Answers bodies; it holds no state of its own and may be called from many threads.

    Args:
        max_pairs: most pairs that a request may have.
        metrics: counts the answers.
        today: the date that a request without one is for.
    """

    def __init__(self, max_pairs: int, metrics: PredictionMetrics, today: Callable[[], dt.date] = today) -> None:
        self._request = predict_request(max_pairs)
        self._metrics = metrics
        self._today = today

    def answer(self, body: bytes, using: Answering) -> Answered:
        """Answer a request from one model and snapshot.

        Raises:
            RefusedError: 422, the body is not a valid request.
        """
        try:
            request = self._request.model_validate_json(body)
        except ValidationError as error:
            raise invalid_request(error) from None
        pairs, date = request.input, request.date or self._today()
        store_id = np.array([pair["store_id"] for pair in pairs], dtype=np.int64)
        product_id = np.array([pair["product_id"] for pair in pairs], dtype=np.int64)
        predictions = using.predictor.predict(store_id, product_id, date)
        self._metrics.observe(predictions, using.model.version)
        return Answered(to_json(_content(pairs, predictions, date, using)), len(pairs))


def _content(pairs: list[Pair], predictions: Predictions, date: dt.date, using: Answering) -> dict[str, Any]:
    answers, answered = predictions.answers, predictions.answered
    quantity, low, high = (_spread(v, answered) for v in (answers.quantity, answers.low, answers.high))
    rows = zip(pairs, quantity, low, high, predictions.status.tolist(), strict=True)
    return {
        "predictions": quantity,
        "items": [
            {
                "store_id": pair["store_id"],
                "product_id": pair["product_id"],
                "quantity": q,
                "low": lo,
                "high": hi,
                "status": STATUSES[status],
            }
            for pair, q, lo, hi, status in rows
        ],
        "date": date,
        "as_of": using.snapshot.snapshot.info.as_of_date,
        "model": {"name": using.model.info.name, "version": using.model.version},
    }


def _spread(values: np.ndarray, answered: np.ndarray) -> list[int | None]:
    """The values in the places that have an answer, None in the others."""
    if len(values) == len(answered):
        every: list[int | None] = values.tolist()
        return every
    spread = np.full(len(answered), None, dtype=object)
    spread[answered] = values
    with_gaps: list[int | None] = spread.tolist()
    return with_gaps
