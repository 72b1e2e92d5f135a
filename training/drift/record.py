"""Writes what was compared: each run replaces what an earlier one found of the same.

Each write is one transaction, and a key holds one row: two runs at once need no lock. The database may refuse the later
write (MySQL: a deadlock or a duplicate key); that run fails, and the rows of the other one stay.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, tuple_

from quantity.db.monitoring_tables import feature_drift, prediction_skew

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from sqlalchemy import Engine

    from training.drift.comparison import Compared
    from training.drift.skew import Skew


def record_drift(
    engine: Engine, as_of: dt.date, version: str, populations: Mapping[str, Compared], now: dt.datetime
) -> None:
    """Replace the drift of a snapshot's as-of date from a version's reference.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database failed; nothing is changed.
    """
    same = {"as_of_date": as_of, "model_version": version, "compared_at": now.replace(tzinfo=None)}
    rows = [
        {**same, "population": population, "pairs": compared.pairs, **asdict(drift)}
        for population, compared in populations.items()
        for drift in compared.drifts
    ]
    c = feature_drift.c
    with engine.begin() as connection:
        connection.execute(delete(feature_drift).where(c.as_of_date == as_of, c.model_version == version))
        if rows:
            connection.execute(insert(feature_drift), rows)


def record_skew(engine: Engine, skew: Skew, now: dt.datetime) -> None:
    """Replace the skew of the checkout dates and versions that were compared.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database failed; nothing is changed.
    """
    found = skew.by_day()
    found["day"] = found["day"].dt.date
    rows = [
        {str(name): value for name, value in row.items()} | {"compared_at": now.replace(tzinfo=None)}
        for row in found.to_dict("records")
    ]
    c = prediction_skew.c
    keys = [(row["day"], row["model_version"]) for row in rows]
    with engine.begin() as connection:
        connection.execute(delete(prediction_skew).where(tuple_(c.day, c.model_version).in_(keys)))
        connection.execute(insert(prediction_skew), rows)
