"""Outcomes as the service tells them: the last scored days, drift, skew and promotions, in a few small queries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, fields
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, inspect, select

from quantity.db.monitoring_tables import (
    SUMS,
    feature_drift,
    prediction_outcomes,
    prediction_skew,
    promotions,
    scored_days,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Engine, Row, Select

    _Query = Select[*tuple[Any, ...]]

WINDOW_DAYS = (7, 28)
"""Lengths of the windows; each ends with the last scored day of its source, so that historic data have one too."""

SKEW_DAYS = 28
MOST_DRIFTED = 10
LATEST_PROMOTIONS = 10

_READ = (feature_drift, prediction_outcomes, prediction_skew, promotions, scored_days)


@dataclass(frozen=True)
class Window:
    """What came of a model version's answers in the last scored days.

    Attributes:
        source: `ASKED` or `REPLAYED`.
        model_version: the version's number.
        days: one of `WINDOW_DAYS`.
        sums: by the names of `SUMS`.
    """

    source: str
    model_version: str
    days: int
    sums: dict[str, float]


@dataclass(frozen=True)
class DriftedFeature:
    """How far a feature of a population is from the training reference.

    Attributes:
        population: asked or latest.
        feature: its name.
        stability_index: population stability index.
    """

    population: str
    feature: str
    stability_index: float


@dataclass(frozen=True)
class Skew:
    """Logged answers of the last `SKEW_DAYS` days that were computed again: all, and those of each kind."""

    compared: int
    same: int
    horizon: int
    differing: int


@dataclass(frozen=True)
class Promotion:
    """One move of the alias; see the table `promotions`."""

    promotion_id: int
    promoted_at: dt.datetime
    from_version: str | None
    to_version: str
    run_id: str
    promoted_by: str
    reason: str
    orders: int | None
    improvement: float | None
    improvement_low: float | None
    improvement_high: float | None
    level: float | None


@dataclass(frozen=True)
class Outcomes:
    """What the loop's tables tell.

    Attributes:
        scored_at: when a day was scored last (UTC); None: never.
        scored_until: by source, its last scored day.
        windows: by source, length and version; versions without a row in a window are left out.
        drift: by population, its `MOST_DRIFTED` features, of the latest comparison.
        skew: None where nothing was compared.
        promotions: the latest ones, newest first.
    """

    scored_at: dt.datetime | None = None
    scored_until: dict[str, dt.date] = field(default_factory=dict)
    windows: tuple[Window, ...] = ()
    drift: tuple[DriftedFeature, ...] = ()
    skew: Skew | None = None
    promotions: tuple[Promotion, ...] = ()


def outcomes_state(engine: Engine) -> str | None:
    """A text that changes with the tables' content, or None where the database has not all of them. Cheap.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    counts = (scored_days.c.orders, scored_days.c.cases, scored_days.c.answers)
    scored = select(func.count(), func.max(scored_days.c.scored_at), *(func.sum(count) for count in counts))
    drift = select(func.count(), *(func.max(feature_drift.c[name]) for name in ("as_of_date", "compared_at")))
    queries: tuple[_Query, ...] = (
        scored,
        _of_the_latest_day(drift, feature_drift.c.as_of_date),
        select(func.count(), func.max(prediction_skew.c.compared_at)),
        select(func.max(promotions.c.promotion_id)),
    )
    with engine.connect() as connection:
        if not {table.name for table in _READ} <= set(inspect(connection).get_table_names()):
            return None
        return repr([tuple(connection.execute(query).one()) for query in queries])


def read_outcomes(engine: Engine, model_name: str, model_alias: str) -> Outcomes:
    """Read all of it, as of one moment.

    Args:
        engine: of a database that has the tables.
        model_name: whose promotions.
        model_alias: likewise.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    # One transaction reads one state: InnoDB's repeatable read, SQLite's snapshot.
    with engine.connect() as connection:
        until = _scored_until(connection)
        return Outcomes(
            scored_at=connection.execute(select(func.max(scored_days.c.scored_at))).scalar_one(),
            scored_until=until,
            windows=tuple(_windows(connection, until)),
            drift=tuple(_drift(connection)),
            skew=_skew(connection),
            promotions=tuple(_promotions(connection, model_name, model_alias)),
        )


def _of_the_latest_day(query: _Query, day: Any) -> _Query:
    return query.where(day == select(func.max(day)).scalar_subquery())


def _scored_until(connection: Connection) -> dict[str, dt.date]:
    columns = scored_days.c
    query = select(columns.source, func.max(columns.day).label("last")).group_by(columns.source)
    return {row.source: row.last for row in connection.execute(query)}


def _windows(connection: Connection, until: dict[str, dt.date]) -> list[Window]:
    return [
        Window(source, row.model_version, days, {name: float(getattr(row, name)) for name in SUMS})
        for source, last in until.items()
        for days in WINDOW_DAYS
        for row in _sums(connection, source, last - dt.timedelta(days=days - 1), last)
    ]


def _sums(connection: Connection, source: str, first: dt.date, last: dt.date) -> Sequence[Row[Any]]:
    """Sums by version over the days from the first to the last."""
    columns = prediction_outcomes.c
    query = (
        select(columns.model_version, *(func.sum(columns[name]).label(name) for name in SUMS))
        .where(columns.day.between(first, last), columns.source == source)
        .group_by(columns.model_version)
        .order_by(columns.model_version)
    )
    return connection.execute(query).all()


def _drift(connection: Connection) -> list[DriftedFeature]:
    """The most drifted features of each population, of the version that was compared last."""
    query = _of_the_latest_day(select(feature_drift), feature_drift.c.as_of_date)
    rows = connection.execute(query.order_by(feature_drift.c.compared_at)).all()
    newest = {row.population: row.model_version for row in rows}
    kept = [row for row in rows if row.model_version == newest[row.population]]
    kept.sort(key=lambda row: (row.population, -row.stability_index, row.feature))
    return [
        DriftedFeature(row.population, row.feature, row.stability_index)
        for _, of_population in groupby(kept, key=lambda row: row.population)
        for row in islice(of_population, MOST_DRIFTED)
    ]


def _skew(connection: Connection) -> Skew | None:
    columns = prediction_skew.c
    last = connection.execute(select(func.max(columns.day))).scalar_one()
    if last is None:
        return None
    sums = [func.sum(columns[kind.name]) for kind in fields(Skew)]
    query = select(*sums).where(columns.day > last - dt.timedelta(days=SKEW_DAYS))
    return Skew(*map(int, connection.execute(query).one()))


def _promotions(connection: Connection, model_name: str, model_alias: str) -> list[Promotion]:
    columns = promotions.c
    query = (
        select(*(columns[each.name] for each in fields(Promotion)))
        .where(columns.model_name == model_name, columns.model_alias == model_alias)
        .order_by(columns.promotion_id.desc())
        .limit(LATEST_PROMOTIONS)
    )
    return [Promotion(*row) for row in connection.execute(query)]
