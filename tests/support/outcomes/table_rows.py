"""Rows of the loop's tables, made up."""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from quantity.db.monitoring_tables import ASKED, REPLAYED, SUMS, feature_drift, promotions, scored_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine, Table

LAST_DAY = dt.date(2017, 12, 30)
"""Long ago, as historic data are."""
SCORED_AT = dt.datetime(2018, 1, 2, 3, 4, 5)  # noqa: DTZ001 - UTC, as databases keep it

Rows = list[dict[str, Any]]


def insert(engine: Engine, table: Table, rows: Rows) -> None:
    """Add rows to a table."""
    with engine.begin() as connection:
        connection.execute(table.insert(), rows)


def replace(engine: Engine, table: Table, rows: Rows) -> None:
    """Put rows in the place of all that a table holds."""
    with engine.begin() as connection:
        connection.execute(table.delete())
        connection.execute(table.insert(), rows)


def outcome_rows(versions: Sequence[str], days: int, seed: int = 0, last: dt.date = LAST_DAY) -> Rows:
    """Random sums of each of the last days, by source, version, shown, kind and category."""
    rng = np.random.default_rng(seed)
    kinds = (("ok", "rich"), ("ok", "thin"), ("cold_start", "none"))
    keys = product(range(days), (ASKED, REPLAYED), versions, (True, False), kinds, ("", "dairy"))
    return [
        {
            "day": last - dt.timedelta(days=back),
            "source": source,
            "model_version": version,
            "shown": shown,
            "status": status,
            "history": history,
            "category": category,
        }
        | _sums(rng)
        for back, source, version, shown, (status, history), category in keys
    ]


def _sums(rng: np.random.Generator) -> dict[str, float]:
    orders = int(rng.integers(0, 50))
    sums: dict[str, float] = {name: int(rng.integers(0, 4 * orders + 1)) for name in SUMS}
    sums |= dict.fromkeys([name for name in SUMS if "hits" in name or name == "covered"], orders // 2)
    return sums | {"predicted": orders + int(rng.integers(0, 9)), "orders": orders, "sum_quantity": 5 * orders}


def scored_rows(outcomes: Rows, at: dt.datetime = SCORED_AT) -> Rows:
    """The rows of `scored_days` that go with rows of outcomes."""
    keys = sorted({(row["day"], row["source"], row["model_version"]) for row in outcomes})
    names = (scored_days.c.day.name, scored_days.c.source.name, scored_days.c.model_version.name)
    counts = {"orders": 40, "cases": 200, "answers": 50, "scored_at": at, "checksum": 1000}
    return [dict(zip(names, key, strict=True)) | counts for key in keys]


def drift_row(as_of: dt.date, population: str, feature: str, index: float, **others: object) -> dict[str, Any]:
    """A row of `feature_drift`."""
    values = {
        "as_of_date": as_of,
        "population": population,
        "model_version": "1",
        "feature": feature,
        "stability_index": index,
        "missing": 0.1,
        "reference_missing": 0.1,
        "pairs": 1000,
        "compared_at": SCORED_AT,
    } | others
    assert values.keys() == set(feature_drift.c.keys())
    return values


def skew_row(day: dt.date, compared: int, differing: int = 0, **others: object) -> dict[str, Any]:
    """A row of `prediction_skew`: what does not differ is the same."""
    counts = {"compared": compared, "same": compared - differing, "horizon": 0, "differing": differing}
    return {"day": day, "model_version": "1"} | counts | {"compared_at": SCORED_AT} | others


def promotion_row(number: int, to_version: str, **others: object) -> dict[str, Any]:
    """A row of `promotions`."""
    values = {
        "promotion_id": number,
        "promoted_at": SCORED_AT + dt.timedelta(days=number),
        "model_name": "quantity",
        "model_alias": "champion",
        "from_version": None,
        "to_version": to_version,
        "run_id": f"run-{to_version}",
        "promoted_by": "training",
        "reason": "it is the first version",
        "orders": None,
        "improvement": None,
        "improvement_low": None,
        "improvement_high": None,
        "level": None,
    } | others
    assert values.keys() == set(promotions.c.keys())
    return values
