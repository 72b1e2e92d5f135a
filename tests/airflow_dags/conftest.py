"""Airflow, where it is installed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.airflow.airflow_program import AirflowMissingError, find_airflow

if TYPE_CHECKING:
    from tests.support.airflow.airflow_program import Airflow

REQUIRED = "REQUIRE_SERVERS"


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    """Airflow with nothing but its configuration; tests that need it are skipped where it is not installed."""
    try:
        return find_airflow(tmp_path_factory.mktemp("airflow"))
    except AirflowMissingError as error:
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(f"{REQUIRED}=1, but {error}")
        pytest.skip(f"{error}: make airflow-venv")


@pytest.fixture(scope="session")
def migrated_airflow(airflow: Airflow) -> Airflow:
    """The same with a database, which runs need."""
    done = airflow("db", "migrate")
    assert done.returncode == 0, done.stdout
    return airflow
