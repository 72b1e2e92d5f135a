"""Writes predictions as an answer's body."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from api.predict.schema import ENCODER, Item, ModelVersion, PredictResponse
from quantity.online.predictor import STATUSES

if TYPE_CHECKING:
    import datetime as dt

    from api.predict.read import Question
    from api.predict.schema import Cases
    from api.serving.memory import ActivePair
    from quantity.online.predictor import Predictions

_STATUSES = np.array(STATUSES, dtype=object)


def write_answer(question: Question, predictions: Predictions, date: dt.date, pair: ActivePair) -> bytes:
    """The answer's body.

    Args:
        question: asks of (n,) pairs of store and product.
        predictions: (n,) for them, in the same order.
        date: the checkout date that they are for.
        pair: the model version and the snapshot that they are from.
    """
    quantity, typical, low, high = _columns(predictions)
    status = _STATUSES[predictions.status].tolist()
    store_id, product_id = question.store_id.tolist(), question.product_id.tolist()
    items = list(map(Item, store_id, product_id, quantity, typical, low, high, status))
    model = ModelVersion(pair.model.info.name, pair.model.version)
    return ENCODER.encode(PredictResponse(quantity, items, date, pair.snapshot.info.as_of_date, model))


def _columns(predictions: Predictions) -> list[list[Cases]]:
    """Quantity, typical quantity and both ends of the range; null where there is none."""
    p = predictions
    columns = [column.tolist() for column in (p.quantity, p.typical, p.low, p.high)]
    is_every_pair_known = 0 not in columns[0]
    return columns if is_every_pair_known else [[cases or None for cases in column] for column in columns]
