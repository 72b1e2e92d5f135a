"""From a request's body to an answer's: parsed, predicted and serialized once."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pydantic import ValidationError
from pydantic_core import to_json

from api.http.errors import invalid_request, too_many_fields
from api.predict.plain_body import Asked, read_plain
from api.predict.rendering import render
from api.predict.schema import predict_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.serving.active import Answering
    from api.status.prediction_metrics import PredictionMetrics


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
        self._max_pairs = max_pairs
        # Twice as many as a valid body may have; all checks of a body are made without letting go of the interpreter.
        self._max_colons = 2 * (2 * max_pairs + 2)
        self._metrics = metrics
        self._today = today

    def answer(self, body: bytes, using: Answering) -> Answered:
        """Answer a request from one model and snapshot.

        Raises:
            RefusedError: 422, the body is not a valid request.
        """
        colons = body.count(b":")
        if colons > self._max_colons:
            raise too_many_fields(self._max_pairs)
        asked = read_plain(body, min(colons // 2, self._max_pairs)) or self._check(body)
        date = asked.date or self._today()
        predictions = using.predictor.predict(asked.store_id, asked.product_id, date)
        self._metrics.observe(predictions, using.model.version)
        text = render(asked.store_id, asked.product_id, predictions) + _ending(date, using)
        return Answered(text, len(asked.store_id))

    def _check(self, body: bytes) -> Asked:
        try:
            request = self._request.model_validate_json(body)
        except ValidationError as error:
            raise invalid_request(error) from None
        store_id = np.array([pair["store_id"] for pair in request.input], dtype=np.int64)
        product_id = np.array([pair["product_id"] for pair in request.input], dtype=np.int64)
        return Asked(store_id, product_id, request.date)


def _ending(date: dt.date, using: Answering) -> bytes:
    ending = {
        "date": date,
        "as_of": using.snapshot.snapshot.info.as_of_date,
        "model": {"name": using.model.info.name, "version": using.model.version},
    }
    return b"," + to_json(ending)[1:]
