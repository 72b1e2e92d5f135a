"""What Compose makes of the files, without starting anything."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from quantity.settings import Settings
from tests.support.required import missing

ROOT: Final = Path(__file__).parents[2]
EXAMPLE: Final = ROOT / ".env.example"
MAIN, WITH_AIRFLOW = "docker-compose.yaml", "docker-compose-airflow.yaml"
AIRFLOW: Final = {"postgres", "airflow-init", "airflow-api-server", "airflow-scheduler", "airflow-dag-processor"}


def compose(file: str, *arguments: str, env_file: str | Path = os.devnull, **variables: str) -> str:
    """What ``docker compose`` prints for one of the project's files, with nothing set but these variables."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | variables
    command = ["docker", "compose", f"--env-file={env_file}", f"--file={ROOT / file}", *arguments]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        missing("Docker is not installed", "install docker-compose-plugin")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def services(file: str) -> dict[str, Any]:
    """The services that ``up`` starts."""
    found: dict[str, Any] = json.loads(compose(file, "config", "--format=json"))["services"]
    return found


def hashes(file: str, env_file: str | Path = os.devnull, **variables: str) -> dict[str, str]:
    """By service, what Compose compares to tell whether a container is still right."""
    profiles = [f"--profile={name}" for name in ("training", "alerts", "spark", "feast")]
    arguments = (*profiles, "config", "--hash=*")
    lines = compose(file, *arguments, env_file=env_file, **variables).splitlines()
    return dict(line.split() for line in lines)


@pytest.mark.parametrize("file", [MAIN, WITH_AIRFLOW])
def test_a_copy_of_the_example_recreates_nothing(file: str) -> None:
    assert hashes(file, env_file=EXAMPLE) == hashes(file)


@pytest.mark.parametrize(
    ("variable", "concerned"),
    [
        ("MYSQL_READER_PASSWORD", {"api", "feature-export", "mysql-users"}),
        ("MLFLOW_MYSQL_PASSWORD", {"mlflow", "mysql-users"}),
        ("MYSQL_PASSWORD", {"mysql", "mysql-users", "training", "spark", "airflow-scheduler"}),
        ("API_POLL_SECONDS", {"api"}),
        ("TIME_ZONE", {"api", "training", "spark", "feature-export", "airflow-scheduler"}),
        ("INPUT_RETURNS", {"training", "spark", "airflow-scheduler"}),
        ("SPARK_WORKER_MEMORY", {"spark-worker"}),
        ("AIRFLOW_USER", {"airflow-init"}),
        ("GRAFANA_ADMIN_PASSWORD", {"grafana"}),
        ("MYSQL_GRAFANA_PASSWORD", {"grafana", "mysql-users"}),
        *((name, {"alertmanager"}) for name in sorted(re.findall(r"^ALERT_\w+", EXAMPLE.read_text(), re.MULTILINE))),
    ],
)
def test_a_change_recreates_only_what_it_concerns(variable: str, concerned: set[str]) -> None:
    before, after = hashes(WITH_AIRFLOW), hashes(WITH_AIRFLOW, **{variable: "9"})
    assert {name for name in before if before[name] != after[name]} == concerned


def test_airflow_changes_nothing_of_the_stack_beside_it() -> None:
    both = hashes(WITH_AIRFLOW)
    assert {name: both[name] for name in hashes(MAIN)} == hashes(MAIN)


def test_airflow_is_started_by_its_own_file_only() -> None:
    assert services(WITH_AIRFLOW).keys() - services(MAIN).keys() == AIRFLOW
    # Known to the other file all the same: what it does not know it would call orphans.
    assert set(compose(MAIN, "--profile=airflow", "config", "--services").split()) == services(WITH_AIRFLOW).keys()


def test_the_database_server_knows_no_password_but_its_own_and_its_first_user_s() -> None:
    names = services(MAIN)["mysql"]["environment"].keys()
    assert names == {"MYSQL_ROOT_PASSWORD", "MYSQL_ROOT_HOST", "MYSQL_DATABASE", "MYSQL_USER", "MYSQL_PASSWORD"}


def test_without_a_prepared_file_airflow_has_secrets_that_can_be_told_from_others() -> None:
    environment = services(WITH_AIRFLOW)["airflow-scheduler"]["environment"]
    names = ("AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__API__SECRET_KEY", "AIRFLOW__CORE__FERNET_KEY")
    assert all(environment[name].startswith("development-") for name in names)


COMMON: Final = ("model_name", "model_alias", "mysql_", "mlflow_", "time_")
"""What the settings of all programs begin with."""


def names_of_settings(*prefixes: str) -> set[str]:
    """The settings that a container is given; encrypted connections within the network are not asked for."""
    return {name.upper() for name in Settings.model_fields if name.startswith(prefixes)} - {"MYSQL_SSL_CA"}


def test_the_service_is_given_all_of_its_settings() -> None:
    assert set(services(MAIN)["api"]["environment"]) == names_of_settings(
        *COMMON, "api_", "root_", "prediction_log_share", "prediction_log_megabytes"
    )


@pytest.mark.parametrize("service", ["training", "airflow-scheduler"])
def test_training_and_the_tasks_are_given_how_to_read_files_and_judge_versions(service: str) -> None:
    found = json.loads(compose(WITH_AIRFLOW, "--profile=training", "config", "--format=json"))["services"][service]
    assert set(found["environment"]) >= names_of_settings(
        *COMMON, "input_", "promotion_", "model_retention", "prediction_log_days", "skew_"
    )
