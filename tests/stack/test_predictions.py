"""The stack's predictions, as its model changes and as its servers go away."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import httpx2
import pandas as pd
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


def test_an_answer_is_explained_and_its_past_orders_are_told(
    stack: Stack, api: httpx2.Client, request_body: dict[str, Any]
) -> None:
    answer = predictions(api, request_body)
    explained = api.post("/quantity/explain", json=request_body, timeout=60).raise_for_status().json()
    assert [item["quantity"] for item in explained["items"]] == answer["predictions"]
    assert all(len(item["reasons"]) == 5 for item in explained["items"][:KNOWN_PAIRS])
    wait_until(lambda: past_orders(api, request_body["input"][0]) is not None, "past orders are loaded")
    pair = request_body["input"][0]
    ordered = stack.sql(
        f"SELECT checkout_date, SUM(quantity) FROM fact_order_items WHERE store_id = {pair['store_id']} "
        f"AND product_id = {pair['product_id']} GROUP BY checkout_date ORDER BY checkout_date"
    )
    found = past_orders(api, pair)
    assert found is not None
    assert [[order["date"], str(order["quantity"])] for order in found] == [
        line.split() for line in ordered.splitlines()
    ]


def past_orders(api: httpx2.Client, pair: dict[str, int]) -> list[dict[str, Any]] | None:
    told: list[dict[str, Any]] | None = api.get("/quantity/history", params=pair).raise_for_status().json()["orders"]
    return told


def test_a_list_of_pairs_is_answered_in_the_network(
    stack: Stack, api: httpx2.Client, request_body: dict[str, Any]
) -> None:
    asked = [f"{pair['store_id']},{pair['product_id']}" for pair in request_body["input"]]
    (stack.data / "pairs.txt").write_text("\n".join(["STORE_ID,PRODUCT_ID", *asked]))
    stack.run_training(
        *("python", "-m", "training.predict", "--pairs", "training/data/pairs.txt"),
        *("--date", request_body["date"], "--table", "--out", "training/data/answers.csv"),
    )
    answers = pd.read_csv(stack.data / "answers.csv")["quantity"]
    (stack.data / "answers.csv").unlink()
    (stack.data / "pairs.txt").unlink()
    expected = predictions(api, request_body)["predictions"]
    assert [None if pd.isna(quantity) else quantity for quantity in answers] == expected
    rows = stack.sql("SELECT COUNT(*), SUM(quantity) FROM proposed_orders").split()
    known = [quantity for quantity in expected if quantity is not None]
    assert rows == [str(len(known)), str(sum(known))]


def test_the_doctor_finds_no_fault_in_either_image(stack: Stack) -> None:
    for said in (
        stack.compose("exec", "--no-TTY", "api", "quantity", "doctor"),
        stack.run_training("quantity", "doctor"),
    ):
        lines = said.splitlines()
        assert any(line.startswith("ok") and "champion" in line for line in lines), said
        assert not any(line.startswith("fault") for line in lines), said


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
