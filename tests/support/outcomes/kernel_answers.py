"""Answers of the service's own kernel, from snapshots of any day, to be logged."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from quantity.features.calendar import date_to_day
from quantity.features.compute import compute_features
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from quantity.online.compile import compile_model
from quantity.online.predictor import Predictor
from quantity.online.snapshot import Snapshot
from quantity.online.statuses import STATUSES
from quantity.versions import Published
from tests.support.outcomes.random_log import answer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quantity.features.compute import FeatureSet
    from quantity.model.estimator import QuantityModel
    from quantity.raw import RawTables

CASES = ("quantity", "typical", "low", "high")


def features_as_of(raw: RawTables, as_of: dt.date) -> FeatureSet:
    """The features of the orders before a date."""
    orders = sum_order_lines(raw.order_items)
    before = orders.take(np.flatnonzero(orders.day < date_to_day(as_of)))
    return compute_features(before, derive_entities(raw), as_of=as_of)


def predictor_of(model: QuantityModel, features: FeatureSet) -> Predictor:
    """What a service that holds both answers with."""
    info = Published("p", 1, features.as_of, dt.datetime(2022, 1, 1), "run", 1, 1, 1, 1, 1)  # noqa: DTZ001 - UTC by contract
    return Predictor(compile_model(model), Snapshot.build(info, features.latest))


def kernel_answers(
    model: QuantityModel, features: FeatureSet, store_id: np.ndarray, product_id: np.ndarray, dates: Iterable[dt.date]
) -> list[dict[str, Any]]:
    """The logged answers to (n,) pairs, on each date, from one snapshot."""
    predictor, logged = predictor_of(model, features), []
    for date in dates:
        found = predictor.predict(store_id, product_id, date)
        for i, status in enumerate(found.status.tolist()):
            cases = {name: int(getattr(found, name)[i]) for name in CASES}
            asked = answer(int(store_id[i]), int(product_id[i]), date, as_of_date=features.as_of)
            logged.append(asked | cases | {"status": STATUSES[status]})
    return logged
