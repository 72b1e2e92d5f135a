"""Writes predictions as an answer's body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import UNSET

from api.predict.schema import ENCODER, Item, ModelVersion, NumberItem, PredictResponse
from quantity.online.statuses import STATUSES

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
    items = _items(question, quantity, typical, low, high, status)
    model = ModelVersion(pair.model.info.name, pair.model.version)
    return ENCODER.encode(PredictResponse(quantity, items, date, pair.snapshot.info.as_of_date, model))


def _items(question: Question, *columns: list[Any]) -> list[Any]:
    """The items of pairs named by number or by text: the same bytes where all are named by number, made faster."""
    store_id, product_id = question.store_id.tolist(), question.product_id.tolist()
    if question.store is None or question.product is None:
        return list(map(NumberItem, store_id, product_id, *columns))
    texts = [[UNSET if text is None else text for text in column] for column in (question.store, question.product)]
    ids = [[number or None for number in column] for column in (store_id, product_id)]
    return list(map(Item, *ids, *columns, *texts))


def _columns(predictions: Predictions) -> list[list[Cases]]:
    """Quantity, typical quantity and both ends of the range; null where there is none."""
    p = predictions
    columns: list[list[Cases]] = [column.tolist() for column in (p.quantity, p.typical, p.low, p.high)]
    is_every_pair_known = 0 not in columns[0]
    return columns if is_every_pair_known else [[cases or None for cases in column] for column in columns]
