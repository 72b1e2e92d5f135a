"""Runs of the monitoring DAG on a small SQLite database, without a scheduler: `airflow dags test`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import Table, func, select

from quantity.db.engine import connect
from quantity.db.monitoring_tables import (
    ASKED,
    REPLAYED,
    prediction_outcomes,
    prediction_skew,
)
from quantity.db.tables import replaced_tables
from quantity.registry import challengers, version_number
from tests.support.api.service_process import environment_of
from tests.support.models.aged_version import let_orders_grow, register_aged
from tests.support.models.trained_model import copy_of, trained
from tests.support.outcomes.random_log import answer, write_log
from tests.support.publishing.published_market import current
from training.publish.current_tables import ensure_current_tables
from training.replay import DAYS

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    import pytest
    from sqlalchemy import ColumnElement, Engine

    from quantity.settings import Settings
    from tests.support.airflow.airflow_program import Airflow

DAG = "dag_quantity_model_monitoring"


def trigger(airflow: Airflow, settings: Settings) -> subprocess.CompletedProcess[str]:
    """A run of the DAG with these settings."""
    return airflow("dags", "test", DAG, variables=environment_of(settings))


def total(tables: Engine, column: ColumnElement[int], *where: ColumnElement[bool]) -> int:
    with tables.connect() as connection:
        return connection.scalar(select(func.coalesce(func.sum(column), 0)).where(*where)) or 0


def rows(tables: Engine, table: Table, *where: ColumnElement[bool]) -> int:
    with tables.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table).where(*where)) or 0


def log_answers_of_the_last_day(tables: Engine) -> int:
    """Log an answer to each pair that was ordered on the last day; how many."""
    features = replaced_tables()["features"].c
    with tables.connect() as connection:
        day = connection.scalar(select(func.max(features.checkout_date)))
        assert isinstance(day, dt.date)
        pairs = connection.execute(
            select(features.store_id, features.product_id).where(features.checkout_date == day)
        ).all()
    write_log(tables, [answer(store, product, day) for store, product in pairs])
    return len(pairs)


def test_a_run_scores_replays_compares_and_proposes_a_range_that_covers_again(
    migrated_airflow: Airflow, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = copy_of(trained(tmp_path_factory), tmp_path).model_copy(update={"skew_share": 1.0})
    tables = connect(settings.database_url)
    champion = register_aged(settings, tables)
    let_orders_grow(tables)
    ensure_current_tables(tables)
    answered = log_answers_of_the_last_day(tables)

    done = trigger(migrated_airflow, settings)
    assert done.returncode == 0, done.stdout

    outcomes = prediction_outcomes.c
    assert total(tables, outcomes.orders, outcomes.source == ASKED) == answered > 0
    features = replaced_tables()["features"]
    since = current(tables).as_of_date - dt.timedelta(days=DAYS)
    expected = rows(tables, features, features.c.checkout_date >= since)
    assert total(tables, outcomes.orders, outcomes.source == REPLAYED) == expected > answered
    assert total(tables, prediction_skew.c.compared) == answered
    (proposed,) = challengers(settings)
    assert f"version {proposed} of quantity is proposed: version {champion} with a range learned again" in done.stdout
    assert version_number(settings) == champion
    tables.dispose()
