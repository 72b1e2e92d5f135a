"""Outcomes of made-up answers to made-up orders, summed by pandas, and what else the dashboard shows."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from sqlalchemy import insert

from quantity.db.monitoring_tables import (
    ASKED,
    BASELINE_PREFIXES,
    REPLAYED,
    SUMS,
    feature_drift,
    prediction_outcomes,
    prediction_skew,
    promotions,
    scored_days,
    store_outcomes,
)
from quantity.model.history import HISTORY_LENGTHS

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Table

DAYS: Final = 60
PER_DAY: Final = 60
VERSIONS: Final = {REPLAYED: ("3", "4"), ASKED: ("4",)}
STORES: Final = 8
CATEGORIES: Final = ("Beer", "Dairy", "Frozen", "")
FEATURES: Final = tuple(f"feature_{letter}" for letter in "abcdefghijkl")
KEYS: Final = ["day", "source", "model_version", "shown"]
KIND: Final = [*KEYS, "status", "history", "category"]


def write_outcomes(engine: Engine, last_day: dt.date, seed: int = 0) -> pd.DataFrame:
    """Fill the tables up to a day.

    Returns:
        The rows of `prediction_outcomes`.
    """
    answers = _summands(_answers(last_day, np.random.default_rng(seed)))
    outcomes = answers.groupby(KIND, as_index=False)[list(SUMS)].sum()
    with engine.begin() as connection:
        _insert(connection, prediction_outcomes, outcomes)
        _insert(connection, store_outcomes, answers.groupby([*KEYS, "store_id"], as_index=False)[list(SUMS)].sum())
        _insert(connection, scored_days, _days(outcomes))
        _insert(connection, feature_drift, _drift(last_day))
        _insert(connection, prediction_skew, _skew(last_day))
        _insert(connection, promotions, _promotions())
    return outcomes


def _answers(last_day: dt.date, rng: np.random.Generator) -> pd.DataFrame:
    """Answers of each version, of which the newer one errs less; a fifth of what is asked about is not ordered."""
    parts = [
        _of_a_day(last_day - dt.timedelta(days=ago), source, version, rng)
        for ago in range(DAYS)
        for source, versions in VERSIONS.items()
        for version in versions
    ]
    return pd.concat(parts, ignore_index=True)


def _of_a_day(day: dt.date, source: str, version: str, rng: np.random.Generator) -> pd.DataFrame:
    noise = 3.0 / int(version)
    quantity = rng.integers(1, 25, PER_DAY)
    frame = pd.DataFrame(
        {
            "day": day,
            "source": source,
            "model_version": version,
            "shown": True,
            "store_id": rng.integers(1, STORES + 1, PER_DAY),
            "category": rng.choice(CATEGORIES, PER_DAY),
            "history": rng.choice(HISTORY_LENGTHS, PER_DAY),
            "quantity": quantity,
            "matched": (source == REPLAYED) | (rng.random(PER_DAY) > 0.2),
        }
    )
    frame["status"] = np.where(frame["history"] == "none", "cold_start", "ok")
    frame["answer"] = np.maximum(1, np.rint(quantity + rng.normal(0.5, noise * 2, PER_DAY)))
    frame["typical"] = np.maximum(1, np.rint(quantity + rng.normal(0, noise, PER_DAY)))
    frame["half_width"] = np.rint(rng.uniform(2, 4, PER_DAY))
    for number, prefix in enumerate(BASELINE_PREFIXES.values(), start=2):
        frame[f"{prefix}_answer"] = np.maximum(1.0, quantity + rng.normal(0, number, PER_DAY))
    return frame


def _summands(answers: pd.DataFrame) -> pd.DataFrame:
    """What each answer adds to the columns of `SUMS`."""
    matched = answers["matched"].astype(int)
    error = answers["answer"] - answers["quantity"]
    typical = answers["typical"] - answers["quantity"]
    added = {
        "orders": matched,
        "sum_quantity": answers["quantity"],
        "sum_abs_error": error.abs(),
        "sum_error": error,
        "hits": error == 0,
        "covered": error.abs() <= answers["half_width"],
        "sum_range_width": 2 * answers["half_width"],
        "typical_sum_abs_error": typical.abs(),
        "typical_hits": typical == 0,
    }
    for prefix in BASELINE_PREFIXES.values():
        wrong = answers[f"{prefix}_answer"] - answers["quantity"]
        added |= {f"{prefix}_sum_abs_error": wrong.abs(), f"{prefix}_sum_error": wrong}
        added |= {f"{prefix}_hits": np.rint(answers[f"{prefix}_answer"]) == answers["quantity"]}
    summands = pd.DataFrame({name: values * matched for name, values in added.items()})
    return pd.concat([answers[[*KIND, "store_id"]], summands.assign(predicted=1)], axis=1)


def _days(outcomes: pd.DataFrame) -> pd.DataFrame:
    days = outcomes.groupby(KEYS[:3], as_index=False).agg(orders=("orders", "sum"), cases=("sum_quantity", "sum"))
    at = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - naive UTC, as the column
    return days.assign(answers=PER_DAY, scored_at=at, checksum=days["orders"])


def _drift(last_day: dt.date) -> pd.DataFrame:
    rows = [
        {
            "as_of_date": last_day + dt.timedelta(days=1 - 7 * weeks_ago),
            "population": population,
            "model_version": "4",
            "feature": feature,
            "stability_index": 0.03 * number / (1 + weeks_ago),
            "missing": 0.1,
            "reference_missing": 0.1,
            "pairs": 5_000,
        }
        for weeks_ago in range(5)
        for population in ("asked", "latest")
        for number, feature in enumerate(FEATURES)
    ]
    return pd.DataFrame(rows).assign(compared_at=dt.datetime(2026, 1, 1))  # noqa: DTZ001


def _skew(last_day: dt.date) -> pd.DataFrame:
    days = [last_day - dt.timedelta(days=ago) for ago in range(20)]
    counts = {"compared": 40, "same": 31, "horizon": 8, "differing": 1}
    return pd.DataFrame({"day": days}).assign(
        model_version="4",
        **counts,
        compared_at=dt.datetime(2026, 1, 1),  # noqa: DTZ001
    )


def _promotions() -> pd.DataFrame:
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
    common = {"model_name": "quantity", "model_alias": "champion", "promoted_by": "training"}
    first = {"to_version": "3", "run_id": "a" * 32, "reason": "the first version", "promoted_at": now}
    second = {
        "promoted_at": now,
        "from_version": "3",
        "to_version": "4",
        "run_id": "b" * 32,
        "reason": "score 0.412 is lower than 0.440 of version 3",
        "orders": 4_000,
        "improvement": 0.028,
        "improvement_low": 0.011,
        "improvement_high": 0.045,
        "level": 0.9,
    }
    first["promoted_at"] = now - dt.timedelta(days=40)
    return pd.DataFrame([{"promotion_id": 1} | common | first, {"promotion_id": 2} | common | second])


def _insert(connection: Connection, table: Table, rows: pd.DataFrame) -> None:
    plain = rows.astype(object).where(rows.notna(), None)
    columns = [str(name) for name in plain.columns]
    connection.execute(insert(table), [dict(zip(columns, row, strict=True)) for row in plain.itertuples(index=False)])
