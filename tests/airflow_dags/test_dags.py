"""The DAG files as Airflow reads them: complete, safe to schedule, and with a word on what to do when they fail."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.airflow.airflow_program import DAGS, FEAST, ROOT

if TYPE_CHECKING:
    from tests.support.airflow.airflow_program import Airflow

PREPROCESSING, TRAINING = "dag_quantity_model_preprocessing", "dag_quantity_model_training"
MONITORING, PROPOSALS = "dag_quantity_model_monitoring", "dag_quantity_order_proposals"
FEATURE_STORE = "dag_quantity_feature_store"
ALL = [PREPROCESSING, TRAINING, MONITORING, PROPOSALS, FEATURE_STORE]
EACH = pytest.mark.parametrize("dag_id", ALL)


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


def test_the_dags_are_read_without_an_error_and_without_a_database(dags: dict[str, Any]) -> None:
    assert set(dags) == set(ALL)


def test_the_project_s_folder_does_not_go_for_the_package() -> None:
    # Without Airflow, `import airflow` finds the folder of the DAGs and succeeds; `airflow.sdk` tells the truth.
    assert not list((ROOT / "airflow").glob("__init__.py"))
    if importlib.util.find_spec("airflow") is not None:
        assert importlib.util.find_spec("airflow.sdk") is None or "site-packages" in str(
            importlib.util.find_spec("airflow.sdk")
        )


def test_preprocessing_runs_daily_at_six_and_takes_in_checks_publishes_verifies(dags: dict[str, Any]) -> None:
    dag = dags[PREPROCESSING]
    assert (dag["cron"], dag["assets"]) == ("0 6 * * *", [])
    assert {name: task["downstream"] for name, task in dag["tasks"].items()} == {
        "take_in_orders": ["check_raw_tables", "report_refused_files"],
        "check_raw_tables": ["publish_features"],
        "publish_features": ["verify_snapshot"],
        "verify_snapshot": ["report_refused_files"],
        "report_refused_files": [],
    }


def test_features_are_published_whether_or_not_files_are_refused_and_the_run_s_state_tells_of_these(
    dags: dict[str, Any],
) -> None:
    """A run fails if its last task does, or does not begin."""
    rules = {name: task["trigger_rule"] for name, task in dags[PREPROCESSING]["tasks"].items()}
    assert rules == dict.fromkeys(rules, "all_success") | {"check_raw_tables": "all_done"}


def test_features_are_computed_once_a_run(dags: dict[str, Any]) -> None:
    commands = {name: task["command"] for name, task in dags[PREPROCESSING]["tasks"].items()}
    computing = [name for name, text in commands.items() if "training.preprocess" in text and "--raw-only" not in text]
    assert computing == ["publish_features"]


def test_training_runs_weekly_and_after_features_that_were_verified(dags: dict[str, Any]) -> None:
    dag = dags[TRAINING]
    assert (dag["cron"], dag["assets"]) == ("0 8 * * 1", ["quantity_features"])
    assert list(dag["tasks"]) == ["train_compare_promote"]
    published = [name for name, task in dags[PREPROCESSING]["tasks"].items() if task["outlets"]]
    assert published == ["verify_snapshot"]
    assert dags[PREPROCESSING]["tasks"]["verify_snapshot"]["outlets"] == ["quantity_features"]


def test_monitoring_runs_after_features_that_were_verified_and_training_does_not_wait_for_it(
    dags: dict[str, Any],
) -> None:
    dag = dags[MONITORING]
    assert (dag["cron"], dag["assets"]) == (None, ["quantity_features"])
    assert {name: task["downstream"] for name, task in dag["tasks"].items()} == {
        "score_answers": ["replay_orders"],
        "replay_orders": ["compare_features", "propose_ranges"],
        "compare_features": [],
        "propose_ranges": [],
    }
    assert [task["outlets"] for task in dag["tasks"].values()] == [[], [], [], []]


def test_orders_are_proposed_after_features_that_were_verified(dags: dict[str, Any]) -> None:
    dag = dags[PROPOSALS]
    assert (dag["cron"], dag["assets"]) == (None, ["quantity_features"])
    assert [task["outlets"] for task in dag["tasks"].values()] == [[]]


def test_features_are_brought_into_feast_after_they_were_verified(dags: dict[str, Any]) -> None:
    dag = dags[FEATURE_STORE]
    assert (dag["cron"], dag["assets"]) == (None, ["quantity_features"])
    assert {name: task["downstream"] for name, task in dag["tasks"].items()} == {
        "export_features": ["materialize"],
        "materialize": [],
    }


@EACH
def test_runs_do_not_pile_up(dags: dict[str, Any], dag_id: str) -> None:
    assert dags[dag_id]["catchup"] is False
    assert dags[dag_id]["max_active_runs"] == 1


@EACH
def test_every_task_has_an_owner_retries_with_back_off_and_a_time_out(dags: dict[str, Any], dag_id: str) -> None:
    for task in dags[dag_id]["tasks"].values():
        assert task["owner"] == "quantity"
        assert task["retries"] >= 2
        assert task["back_off"] > 1
        assert task["most_delay_seconds"] <= 600
        assert task["retry_policy"] == "FailAtOnceOnWrongData"
        assert 0 < task["seconds"] < dags[dag_id]["seconds"]
    assert sum(task["seconds"] for task in dags[dag_id]["tasks"].values()) < dags[dag_id]["seconds"]


@EACH
def test_the_documentation_names_every_task_and_what_to_do(dags: dict[str, Any], dag_id: str) -> None:
    documentation = dags[dag_id]["documentation"]
    assert "task fails" in documentation
    assert all(f"`{task}`" in documentation for task in dags[dag_id]["tasks"])
    assert "quantity" in dags[dag_id]["tags"]


@EACH
def test_tasks_run_the_project_s_programs_in_its_own_interpreter(dags: dict[str, Any], dag_id: str) -> None:
    for name, task in dags[dag_id]["tasks"].items():
        python, option, module = task["command"].split()[:3]
        assert python == (FEAST if name == "materialize" else sys.executable)
        assert option == "-m"
        assert importlib.util.find_spec(module) is not None


@EACH
def test_the_programs_know_the_options_that_the_tasks_give_them(dags: dict[str, Any], dag_id: str) -> None:
    for task in dags[dag_id]["tasks"].values():
        python, _, module, *arguments = shlex.split(task["command"])
        if python == FEAST:
            assert arguments == ["materialize"]
            continue
        shown = subprocess.run(
            [sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        options = [argument for argument in arguments if argument.startswith("--")]
        assert all(re.search(rf"{option}\b", shown.stdout) for option in options), task["command"]
        # The documentation tells what the exit codes mean.
        assert re.search(r"\b2\b", shown.stdout), module
