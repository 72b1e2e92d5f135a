"""The stack's predictions, as its model changes and as its servers go away."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import httpx2
import pytest

from tests.stack.conftest import KNOWN_PAIRS
from tests.support.containers.container_waiting import wait_until
from tests.support.containers.server_answers import notes, predictions, readiness
from tests.support.containers.stack import StackError, run_on_host
from tests.support.containers.traffic import Traffic

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.containers.stack import Stack

pytestmark = pytest.mark.container

LOCAL_COPY_NOTES: Final = {"the model is served from the local copy", "the features are served from the local copy"}


def test_a_request_is_answered_in_its_order_with_every_status(api: httpx2.Client, request_body: dict[str, Any]) -> None:
    answer = predictions(api, request_body)

    statuses = [item["status"] for item in answer["items"]]
    assert statuses == ["ok"] * KNOWN_PAIRS + ["cold_start", "unknown_product", "unknown_store"]
    assert [{key: item[key] for key in ("store_id", "product_id")} for item in answer["items"]] == request_body["input"]
    for item, prediction in zip(answer["items"], answer["predictions"], strict=True):
        assert item["quantity"] == prediction
        if item["status"].startswith("unknown"):
            assert (prediction, item["typical"], item["low"], item["high"]) == (None, None, None, None)
        else:
            assert 1 <= item["low"] <= prediction <= item["high"]
            assert item["low"] <= item["typical"] <= item["high"]
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
