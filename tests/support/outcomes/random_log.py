"""Logged answers as they may come: asked twice, with hindsight, to unknown stores, by several versions."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import insert

from quantity.db.monitoring_tables import predictions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from sqlalchemy import Engine

AT = dt.datetime.now(dt.UTC).replace(microsecond=0, tzinfo=None)


def segment_id(number: int) -> int:
    """The id of a segment that was begun now: others would be pruned."""
    return (int(time.time() * 1000) << 20) + number


def answer(store_id: int | None, product_id: int | None, day: dt.date, **other: Any) -> dict[str, Any]:
    """A logged answer of version 1, 6 cases between 3 and 9, given on the evening before; other values as told."""
    values = {"quantity": 6, "typical": 5, "low": 3, "high": 9, "status": "ok", "shown": True}
    return {
        "predicted_at": AT,
        "request_id": "request",
        "store_id": store_id,
        "product_id": product_id,
        "checkout_date": day,
        "as_of_date": day,
        "snapshot_id": 1,
        "model_version": "1",
        "model_alias": "champion",
        **values,
        **other,
    }


def random_answers(orders: pd.DataFrame, days: Sequence[dt.date], seed: int, count: int = 1500) -> list[dict[str, Any]]:
    """Answers for some days to pairs of a few stores and products; many pairs are asked several times.

    Args:
        orders: ``store_id`` and ``product_id`` of orders.
        days: the checkout dates.
        seed: of the numbers.
        count: how many answers.
    """
    rng = np.random.default_rng(seed)
    stores = rng.choice(orders["store_id"].unique(), 8).tolist()
    products = rng.choice(orders["product_id"].unique(), 12).tolist()
    return [_random_answer(rng, stores, products, days) for _ in range(count)]


def _random_answer(
    rng: np.random.Generator, stores: Sequence[int], products: Sequence[int], days: Sequence[dt.date]
) -> dict[str, Any]:
    day = days[int(rng.integers(len(days)))]
    low, more, most = (int(number) for number in rng.integers(1, 12, 3))
    found = answer(
        int(rng.choice(stores)),
        int(rng.choice(products)),
        day,
        predicted_at=AT + dt.timedelta(seconds=int(rng.integers(3))),
        as_of_date=day + dt.timedelta(days=int(rng.choice([-3, 0, 0, 0, 1]))),
        model_version=str(rng.choice(["1", "2", "10"])),
        status=str(rng.choice(["ok", "cold_start"])),
        shown=bool(rng.random() < 0.7),
        quantity=low + more,
        typical=int(rng.integers(low, low + more + 1)),
        low=low,
        high=low + more + most,
    )
    if rng.random() < 0.05:
        return found | dict.fromkeys(("store_id", "quantity", "typical", "low", "high")) | {"status": "unknown_store"}
    return found


def write_log(engine: Engine, answers: Sequence[dict[str, Any]], per_segment: int = 100) -> None:
    """Add answers to the log, so many a segment."""
    first = segment_id(0)
    rows = [
        {"segment_id": first + number // per_segment, "line": number % per_segment, **values}
        for number, values in enumerate(answers)
    ]
    with engine.begin() as connection:
        connection.execute(insert(predictions), rows)
