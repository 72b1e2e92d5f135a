"""What is written replaces what an earlier run wrote of the same, and nothing else."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select

from quantity.db.monitoring_tables import feature_drift, prediction_skew
from training.drift.comparison import Compared, FeatureDrift
from training.drift.record import record_drift, record_skew
from training.drift.skew import Skew
from training.publish.control_tables import upgrade_control_tables

if TYPE_CHECKING:
    from sqlalchemy import Engine, Table

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
DAY = dt.date(2024, 12, 1)


@pytest.fixture(autouse=True)
def _tables(engine: Engine) -> None:
    upgrade_control_tables(engine)


def rows_of(engine: Engine, table: Table, *names: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(select(*(table.c[name] for name in names))))


def compared(**indexes: float) -> Compared:
    return Compared(1000, tuple(FeatureDrift(name, index, 0.1, 0.2) for name, index in indexes.items()))


def skew(*answers: tuple[dt.date, str, bool]) -> Skew:
    days, versions, differs = zip(*answers, strict=True)
    frame = pd.DataFrame({"checkout_date": pd.to_datetime(list(days)).astype("datetime64[s]")})
    return Skew(frame.assign(model_version=list(versions)), np.array(differs), np.zeros(len(answers), bool))


def test_drift_of_the_same_day_and_version_is_replaced(engine: Engine) -> None:
    next_day = DAY + dt.timedelta(days=1)
    record_drift(engine, DAY, "1", {"latest": compared(base=0.1, price=0.2), "asked": compared(base=0.3)}, NOW)
    record_drift(engine, DAY, "2", {"latest": compared(base=0.4)}, NOW)
    record_drift(engine, next_day, "1", {"latest": compared(base=0.5)}, NOW)
    # The second time, too few pairs are asked to be judged.
    record_drift(engine, DAY, "1", {"latest": compared(base=0.6), "asked": Compared(10, ())}, NOW)
    found = rows_of(engine, feature_drift, "as_of_date", "model_version", "population", "feature", "stability_index")
    assert found == [
        (DAY, "1", "latest", "base", 0.6),
        (DAY, "2", "latest", "base", 0.4),
        (next_day, "1", "latest", "base", 0.5),
    ]
    assert set(rows_of(engine, feature_drift, "pairs", "missing", "reference_missing")) == {(1000, 0.1, 0.2)}
    assert set(rows_of(engine, feature_drift, "compared_at")) == {(NOW.replace(tzinfo=None),)}


def test_skew_of_the_same_days_and_versions_is_replaced_and_others_stay(engine: Engine) -> None:
    next_day = DAY + dt.timedelta(days=1)
    record_skew(engine, skew((DAY, "1", False), (DAY, "2", False), (next_day, "1", True)), NOW)
    record_skew(engine, skew((DAY, "1", True), (DAY, "1", False)), NOW)
    names = ("day", "model_version", "compared", "same", "horizon", "differing")
    assert rows_of(engine, prediction_skew, *names) == [
        (DAY, "1", 2, 1, 0, 1),
        (DAY, "2", 1, 1, 0, 0),
        (next_day, "1", 1, 0, 0, 1),
    ]
