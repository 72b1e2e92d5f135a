"""Writes scored days: each in one transaction, in place of what was known of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, ColumnElement, Date, and_, delete, insert

from quantity.db.monitoring_tables import prediction_outcomes, scored_days, store_outcomes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from sqlalchemy import Column, Engine, Table

    _Row = tuple[Any, ...]


@dataclass(frozen=True)
class ScoredDays:
    """What is known of some days of some versions. All frames have the columns ``day`` and ``model_version``.

    Attributes:
        bases: with `training.outcomes.orders.Totals` and ``answers``; a row for each day of each version that was
            scored.
        by_kind: rows of `prediction_outcomes`.
        by_store: rows of `store_outcomes`.
    """

    bases: pd.DataFrame
    by_kind: pd.DataFrame
    by_store: pd.DataFrame


def write_days(engine: Engine, source: str, scored: ScoredDays) -> None:
    """Replace what the tables say of these days of these versions, day by day.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database failed; the days that were written stay, and are whole.
    """
    now = dt.datetime.now(dt.UTC).replace(microsecond=0, tzinfo=None)
    frames = {
        scored_days: scored.bases.assign(scored_at=str(now)),
        prediction_outcomes: scored.by_kind,
        store_outcomes: scored.by_store,
    }
    rows = {table: _by_day(table, frame.assign(source=source)) for table, frame in frames.items()}
    statements = {table: _insert_by_position(engine, table) for table in frames}
    for day, bases in sorted(rows[scored_days].items()):
        versions = [row[_VERSION] for row in bases]
        with engine.begin() as connection:
            for table, by_day in rows.items():
                connection.execute(delete(table).where(_where(table, day, source, versions)))
                if day in by_day:
                    connection.exec_driver_sql(statements[table], by_day[day])


_DAY, _VERSION = (scored_days.columns.keys().index(name) for name in ("day", "model_version"))
"""Where all three tables have these columns."""


def _by_day(table: Table, frame: pd.DataFrame) -> dict[dt.date, list[_Row]]:
    days: dict[dt.date, list[_Row]] = {}
    if frame.empty:
        return days
    for row in zip(*(_values(column, frame[column.name]) for column in table.columns), strict=True):
        days.setdefault(dt.date.fromisoformat(row[_DAY]), []).append(row)
    return days


def _values(column: Column[Any], values: pd.Series[Any]) -> list[Any]:
    if isinstance(column.type, Date):
        return [str(day) for day in values.to_numpy("datetime64[D]")]
    return (values.astype("int64") if isinstance(column.type, BigInteger) else values).tolist()


def _where(table: Table, day: dt.date, source: str, versions: Sequence[str]) -> ColumnElement[bool]:
    columns = table.columns
    return and_(columns.day == day, columns.source == source, columns.model_version.in_(versions))


def _insert_by_position(engine: Engine, table: Table) -> str:
    # By position, as the driver has it: SQLAlchemy would take as long as the database to pass so many values.
    dialect: Any = type(engine.dialect)
    by_position = dialect(paramstyle="qmark" if dialect.name == "sqlite" else "format")
    return str(insert(table).compile(dialect=by_position))
