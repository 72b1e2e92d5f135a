"""The container stack from end to end: `make e2e`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final

import httpx2
import pytest
import yaml

from tests.stack.conftest import KNOWN_PAIRS, SERVICES, readiness
from tests.stack.panel_queries import panel_queries
from tests.stack.polling import wait_until
from tests.stack.stack import MAIN_FILE, ROOT, S3_FILE, StackError, run_on_host
from tests.stack.traffic import Traffic

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stack.stack import Stack

pytestmark = pytest.mark.container

DASHBOARDS: Final = sorted((ROOT / "grafana" / "dashboards").glob("*.json"))
RULE_FILES: Final = sorted((ROOT / "prometheus" / "rules").glob("*.yml"))
INSTANCES: Final = 3
LOCAL_COPY_NOTES: Final = {"the model is served from the local copy", "the features are served from the local copy"}


def predictions(api: httpx2.Client, body: dict[str, Any]) -> dict[str, Any]:
    response = api.post("/quantity/predict", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def notes(stack: Stack) -> list[str]:
    found: list[str] = readiness(stack).json()["notes"]
    return found


def results(prometheus: httpx2.Client, expr: str) -> list[dict[str, Any]]:
    """The series of an instant query."""
    answer = prometheus.get("/query", params={"query": expr}).json()
    assert answer["status"] == "success", f"{expr}: {answer}"
    found: list[dict[str, Any]] = answer["data"]["result"]
    return found


def scalar(prometheus: httpx2.Client, expr: str) -> float:
    found = results(prometheus, expr)
    return float(found[0]["value"][1]) if found else 0.0


# ---- predictions


def test_a_request_is_answered_in_its_order_with_every_status(api: httpx2.Client, request_body: dict[str, Any]) -> None:
    answer = predictions(api, request_body)

    statuses = [item["status"] for item in answer["items"]]
    assert statuses == ["ok"] * KNOWN_PAIRS + ["cold_start", "unknown_product", "unknown_store"]
    assert [{key: item[key] for key in ("store_id", "product_id")} for item in answer["items"]] == request_body["input"]
    for item, prediction in zip(answer["items"], answer["predictions"], strict=True):
        assert item["quantity"] == prediction
        if item["status"].startswith("unknown"):
            assert prediction is None
        else:
            assert 1 <= item["low"] <= prediction <= item["high"]
    assert (answer["date"], answer["as_of"]) == (request_body["date"], "2018-01-08")
    assert answer["model"]["name"] == "quantity"


def test_a_champion_trained_on_the_host_is_served_without_a_restart(stack: Stack, api: httpx2.Client) -> None:
    before = api.get("/quantity/model").json()
    (container,) = stack.states("api")

    run_on_host(stack, sys.executable, "preprocess.py", folder="training")
    printed = run_on_host(stack, sys.executable, "train.py", "--trees=5", "--promote=always", folder="training")

    assert "is now champion" in " ".join(printed.split())
    wait_until(lambda: api.get("/quantity/model").json()["version"] == str(int(before["version"]) + 1), "new model")
    wait_until(
        lambda: api.get("/quantity/model").json()["features"]["publication"] != before["features"]["publication"],
        "new features",
    )
    (same,) = stack.states("api")
    assert (same["Id"], same["State"]["StartedAt"]) == (container["Id"], container["State"]["StartedAt"])


def test_the_training_job_without_csv_files_says_how_to_get_them(stack: Stack, tmp_path: Path) -> None:
    with pytest.raises(StackError) as failure:
        stack.run_training(variables={"DATA_DIR": str(tmp_path)})

    assert "ended with 2" in str(failure.value)
    assert "docker compose run --rm training python -m training.sample" in str(failure.value)


# ---- servers that go away


@pytest.mark.parametrize(("service", "source"), [("mysql", "snapshot"), ("mlflow", "model")])
def test_no_prediction_fails_while_a_server_is_down(
    stack: Stack, request_body: dict[str, Any], service: str, source: str
) -> None:
    with Traffic(stack.url("api"), request_body) as traffic:
        traffic.wait_for_more()
        with stack.stopped(service):
            wait_until(lambda: any(note.startswith(f"{source}:") for note in notes(stack)), f"{service} is missed")
            traffic.wait_for_more()
        wait_until(lambda: notes(stack) == [], f"{service} is found again")
        traffic.wait_for_more()

    assert traffic.failures == []


def test_the_api_restarted_with_both_servers_down_answers_from_its_copy(
    stack: Stack, api: httpx2.Client, request_body: dict[str, Any]
) -> None:
    before = predictions(api, request_body)

    with stack.stopped("mysql", "mlflow"):
        stack.compose("restart", "api")
        wait_until(lambda: stack.is_healthy("api") and readiness(stack).status_code == 200, "the API is ready")

        assert {*notes(stack)} >= LOCAL_COPY_NOTES
        with httpx2.Client(base_url=stack.url("api")) as restarted:
            assert predictions(restarted, request_body) == before

    wait_until(lambda: notes(stack) == [], "the API follows its servers again")


# ---- MLflow


def test_mlflow_answers_other_containers_by_its_name_and_strangers_not_at_all(stack: Stack) -> None:
    page = stack.python("api", "from urllib.request import urlopen; print(urlopen('http://mlflow:5000/').read())")
    champion = stack.python(
        "api",
        "from quantity.registry import version_number\n"
        "from quantity.settings import Settings\n"
        "print(version_number(Settings()))",
    )
    stranger = stack.python(
        "api",
        "from http.client import HTTPConnection\n"
        "connection = HTTPConnection('mlflow', 5000)\n"
        "connection.request('GET', '/', headers={'Host': 'elsewhere.example'})\n"
        "print(connection.getresponse().status)",
    )

    assert "<title>MLflow</title>" in page
    assert champion == readiness(stack).json()["model"]["version"]
    assert stranger == "403"


def test_artifacts_are_in_the_mounted_folder_and_belong_to_its_owner(stack: Stack) -> None:
    models = list(stack.artifacts.rglob("model.skops"))
    plots = list(stack.artifacts.rglob("*.png"))

    assert models
    assert plots
    assert {path.stat().st_uid for path in [*models, *plots]} == {stack.artifacts.stat().st_uid}


S3_VARIABLES: Final = {
    "MLFLOW_ARTIFACTS_DESTINATION": "s3://artifacts/quantity",
    "MLFLOW_S3_ENDPOINT_URL": "http://s3:9000",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}
MAKE_BUCKET: Final = """
import boto3
boto3.client("s3", endpoint_url="http://s3:9000").create_bucket(Bucket="artifacts")
"""
LOG_AND_READ: Final = """
import mlflow
mlflow.set_tracking_uri("http://mlflow:5000")
mlflow.set_experiment("s3")
with mlflow.start_run() as run:
    mlflow.log_text("kept in a bucket", "note.txt")
print(mlflow.artifacts.load_text(f"{run.info.artifact_uri}/note.txt"))
"""
LIST_BUCKET: Final = """
import boto3
listing = boto3.client("s3", endpoint_url="http://s3:9000").list_objects_v2(Bucket="artifacts")
print(*(item["Key"] for item in listing["Contents"]))
"""


def test_one_variable_moves_artifacts_to_s3(stack: Stack) -> None:
    files = (MAIN_FILE, S3_FILE)
    try:
        stack.compose("up", "--detach", "--wait", "--no-deps", "s3", "mlflow", files=files, variables=S3_VARIABLES)
        stack.python("mlflow", MAKE_BUCKET)
        read = stack.python("api", LOG_AND_READ)
        keys = stack.python("mlflow", LIST_BUCKET).split()
    finally:
        stack.compose("rm", "--stop", "--force", "s3", files=files)
        stack.compose("up", "--detach", "--wait", "--no-deps", "mlflow")

    assert read.splitlines()[-1] == "kept in a bucket"
    assert [key.startswith("quantity/") and key.endswith("/note.txt") for key in keys] == [True]
    assert not list(stack.artifacts.rglob("note.txt"))


# ---- Prometheus and Grafana


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda path: path.stem)
def test_every_panel_has_data(
    stack: Stack, prometheus: httpx2.Client, request_body: dict[str, Any], dashboard: Path
) -> None:
    empty = panel_queries(dashboard)

    def all_have_data() -> bool:
        empty[:] = [query for query in empty if not results(prometheus, query.expr)]
        return not empty

    with Traffic(stack.url("api"), request_body):
        try:
            wait_until(all_have_data, "every panel has data")
        except TimeoutError:
            pytest.fail(f"without data: {empty}")


def test_every_rule_is_loaded_and_evaluates(prometheus: httpx2.Client) -> None:
    groups = [group for path in RULE_FILES for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]]
    written = {rule.get("alert") or rule["record"] for group in groups for rule in group["rules"]}

    def loaded() -> dict[str, tuple[str, str]]:
        data = prometheus.get("/rules").json()["data"]
        rules = [rule for group in data["groups"] for rule in group["rules"]]
        return {rule["name"]: (rule["health"], rule.get("lastError", "")) for rule in rules}

    wait_until(lambda: "unknown" not in {health for health, _ in loaded().values()}, "every rule has been evaluated")
    assert loaded() == dict.fromkeys(written, ("ok", ""))


def test_instances_added_by_scaling_are_served_and_scraped(
    stack: Stack, prometheus: httpx2.Client, request_body: dict[str, Any]
) -> None:
    try:
        stack.compose("up", "--detach", "--wait", "--no-recreate", f"--scale=api={INSTANCES}", "api")
        wait_until(
            lambda: scalar(prometheus, 'sum(quantity_ready{job="quantity-api"})') == INSTANCES,
            "Prometheus sees every instance ready",
        )
        ports = {binding["HostPort"] for state in stack.states("api") for binding in published(state)}
        assert len(ports) == INSTANCES
        for port in ports:
            with Traffic(f"http://127.0.0.1:{port}", request_body) as traffic:
                traffic.wait_for_more(3)
            assert traffic.failures == []
    finally:
        stack.compose("up", "--detach", "--wait", "--no-recreate", "--scale=api=1", "api")


def published(state: dict[str, Any]) -> list[dict[str, str]]:
    bindings: list[dict[str, str]] = state["NetworkSettings"]["Ports"]["8000/tcp"]
    return bindings


def test_grafana_shows_the_dashboards_and_reaches_prometheus(grafana: httpx2.Client) -> None:
    expected = {json.loads(path.read_text(encoding="utf-8"))["uid"] for path in DASHBOARDS}

    assert {found["uid"] for found in grafana.get("/api/search", params={"type": "dash-db"}).json()} == expected
    assert grafana.get("/api/datasources/uid/prometheus/health").json()["status"] == "OK"


# ---- rights


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_runs_as_another_user_than_root_and_has_no_capabilities(stack: Stack, service: str) -> None:
    lines = stack.compose("exec", "--no-TTY", service, "cat", "/proc/1/status").splitlines()
    status = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}

    assert "0" not in status["Uid"]
    assert int(status["CapEff"][0], 16) == 0


def test_the_api_may_read_the_tables_and_not_write_them(stack: Stack) -> None:
    refused = stack.python(
        "api",
        "from sqlalchemy import text\n"
        "from sqlalchemy.exc import DBAPIError\n"
        "from quantity.db.engine import connect\n"
        "from quantity.settings import Settings\n"
        "with connect(Settings().database_url).connect() as connection:\n"
        "    assert connection.scalar(text('SELECT COUNT(*) FROM published_snapshot')) == 1\n"
        "    for statement in ('DELETE FROM published_snapshot', 'CREATE TABLE mine (id INT)', 'USE mlflow'):\n"
        "        try:\n"
        "            connection.execute(text(statement))\n"
        "        except DBAPIError as error:\n"
        "            print(error.orig.args[0])\n",
    )

    assert refused.split() == ["1142", "1142", "1044"]
