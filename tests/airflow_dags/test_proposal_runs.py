"""Runs of the DAG that proposes orders on a small SQLite database, without a scheduler: `airflow dags test`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, inspect, select

from quantity.db.engine import connect
from quantity.db.tables import PROPOSALS, replaced_tables
from quantity.registry import client
from tests.support.api.service_process import environment_of
from tests.support.models.trained_model import copy_of, trained

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.support.airflow.airflow_program import Airflow

DAG = "dag_quantity_order_proposals"


def test_a_run_replaces_the_table_and_says_what_is_missing_without_a_champion(
    migrated_airflow: Airflow, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = copy_of(trained(tmp_path_factory), tmp_path)
    done = migrated_airflow("dags", "test", DAG, variables=environment_of(settings))
    assert done.returncode == 0, done.stdout
    tables = connect(settings.database_url)
    proposed = replaced_tables()[PROPOSALS].c
    with tables.connect() as connection:
        days, rows = connection.execute(select(func.min(proposed.checkout_date), func.count())).one()
    assert days == settings.today()
    assert rows > 100

    client(settings).delete_registered_model_alias(settings.model_name, settings.model_alias)
    failed = migrated_airflow("dags", "test", DAG, variables=environment_of(settings))
    assert "exit code 2" in failed.stdout
    with tables.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(proposed.checkout_date.table)) == rows
    assert PROPOSALS in inspect(tables).get_table_names()
    tables.dispose()
