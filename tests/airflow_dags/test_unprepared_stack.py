"""Airflow's containers where `prepare_airflow.sh` was not run: `make e2e-airflow`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.airflow.airflow_stack import AirflowClient, UnpreparedAirflowStack, when_read
from tests.support.containers.lifecycle import running

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.container

SERVICES = ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor")
DAGS = ("dag_quantity_model_preprocessing", "dag_quantity_model_training")
SECRETS = ("API_AUTH__JWT_SECRET", "API__SECRET_KEY", "CORE__FERNET_KEY")


def test_airflow_starts_and_its_logs_warn_of_the_secrets(tmp_path: Path) -> None:
    with running(lambda: UnpreparedAirflowStack(tmp_path), start, "make e2e-airflow") as stack:
        client = AirflowClient(stack.airflow_port)
        when_read(client, *DAGS)
        client.close()

        for service in ("airflow-init", *SERVICES):
            logged = stack.compose("logs", "--no-log-prefix", service)
            for name in SECRETS:
                assert f"WARNING: AIRFLOW__{name} is a development secret" in logged, service


def start(stack: UnpreparedAirflowStack) -> None:
    stack.compose("build", "airflow-init", "mlflow")
    stack.compose("up", "--detach", "--wait", *SERVICES)
