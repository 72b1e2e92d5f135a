"""Rows as scoring leaves them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import insert

from quantity.db.monitoring_tables import REPLAYED, SUMS, prediction_outcomes
from training.publish.control_tables import upgrade_control_tables

if TYPE_CHECKING:
    from sqlalchemy import Engine

LAST = dt.date(2024, 12, 29)


def score(
    engine: Engine,
    orders: int,
    covered: int,
    *,
    days_ago: int = 0,
    version: str = "1",
    source: str = REPLAYED,
    category: str = "Dairy",
) -> None:
    """Count the orders of a version, and how many its range covered, some days before `LAST`."""
    upgrade_control_tables(engine)
    row = dict.fromkeys(SUMS, 0) | {
        "day": LAST - dt.timedelta(days=days_ago),
        "source": source,
        "model_version": version,
        "shown": True,
        "status": "ok",
        "history": "rich",
        "category": category,
        "orders": orders,
        "covered": covered,
    }
    with engine.begin() as connection:
        connection.execute(insert(prediction_outcomes), [row])
