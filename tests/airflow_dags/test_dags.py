"""The DAG files as Airflow reads them: complete, safe to schedule, and with a word on what to do when they fail."""

from __future__ import annotations

import importlib.util
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.airflow.airflow_program import DAGS, ROOT

if TYPE_CHECKING:
    from tests.support.airflow.airflow_program import Airflow

PREPROCESSING, TRAINING = "dag_quantity_model_preprocessing", "dag_quantity_model_training"
BOTH = pytest.mark.parametrize("dag_id", [PREPROCESSING, TRAINING])


@pytest.fixture(scope="module")
def read(airflow: Airflow) -> dict[str, Any]:
    """What Airflow reads, without a database of its own: nothing migrated one."""
    done = airflow.run(str(ROOT / "tests" / "support" / "airflow" / "dag_facts.py"), str(DAGS))
    assert done.returncode == 0, done.stdout
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def dags(read: dict[str, Any]) -> dict[str, Any]:
    assert read["errors"] == {}
    found: dict[str, Any] = read["dags"]
    return found


def test_both_dags_are_read_without_an_error_and_without_a_database(dags: dict[str, Any]) -> None:
    assert set(dags) == {PREPROCESSING, TRAINING}


def test_the_project_s_folder_does_not_go_for_the_package() -> None:
    # Without Airflow, `import airflow` finds the folder of the DAGs and succeeds; `airflow.sdk` tells the truth.
    assert not list((ROOT / "airflow").glob("__init__.py"))
    if importlib.util.find_spec("airflow") is not None:
        assert importlib.util.find_spec("airflow.sdk") is None or "site-packages" in str(
            importlib.util.find_spec("airflow.sdk")
        )


def test_preprocessing_runs_daily_at_six_and_checks_publishes_verifies(dags: dict[str, Any]) -> None:
    dag = dags[PREPROCESSING]
    assert (dag["cron"], dag["assets"]) == ("0 6 * * *", [])
    assert list(dag["tasks"]) == ["check_raw_tables", "publish_features", "verify_snapshot"]
    assert [task["downstream"] for task in dag["tasks"].values()] == [["publish_features"], ["verify_snapshot"], []]


def test_training_runs_weekly_and_after_features_that_were_verified(dags: dict[str, Any]) -> None:
    dag = dags[TRAINING]
    assert (dag["cron"], dag["assets"]) == ("0 8 * * 1", ["quantity_features"])
    assert list(dag["tasks"]) == ["train_compare_promote"]
    published = [name for name, task in dags[PREPROCESSING]["tasks"].items() if task["outlets"]]
    assert published == ["verify_snapshot"]
    assert dags[PREPROCESSING]["tasks"]["verify_snapshot"]["outlets"] == ["quantity_features"]


@BOTH
def test_runs_do_not_pile_up(dags: dict[str, Any], dag_id: str) -> None:
    assert dags[dag_id]["catchup"] is False
    assert dags[dag_id]["max_active_runs"] == 1


@BOTH
def test_every_task_has_an_owner_retries_with_back_off_and_a_time_out(dags: dict[str, Any], dag_id: str) -> None:
    for task in dags[dag_id]["tasks"].values():
        assert task["owner"] == "quantity"
        assert task["retries"] >= 2
        assert task["back_off"] > 1
        assert task["most_delay_seconds"] <= 600
        assert task["retry_policy"] == "FailAtOnceOnWrongData"
        assert 0 < task["seconds"] < dags[dag_id]["seconds"]
    assert sum(task["seconds"] for task in dags[dag_id]["tasks"].values()) < dags[dag_id]["seconds"]


@BOTH
def test_the_documentation_names_every_task_and_what_to_do(dags: dict[str, Any], dag_id: str) -> None:
    documentation = dags[dag_id]["documentation"]
    assert "task fails" in documentation
    assert all(f"`{task}`" in documentation for task in dags[dag_id]["tasks"])
    assert "quantity" in dags[dag_id]["tags"]


@BOTH
def test_tasks_run_the_project_s_programs_in_its_own_interpreter(dags: dict[str, Any], dag_id: str) -> None:
    for task in dags[dag_id]["tasks"].values():
        python, option, module = task["command"].split()[:3]
        assert python == sys.executable
        assert option == "-m"
        assert importlib.util.find_spec(module) is not None
