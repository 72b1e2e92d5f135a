"""Servers that accept connections and never answer, and clients that do."""

from __future__ import annotations

import datetime as dt
import time
from contextlib import ExitStack, suppress
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any, Final

import httpx2
import pytest

from tests.support.containers.container_waiting import wait_until
from tests.support.containers.server_answers import notes, predictions, publication, readiness
from tests.support.containers.traffic import Traffic
from tests.support.faults.raw_connection import RawConnection, head

if TYPE_CHECKING:
    from tests.support.containers.stack import Stack

pytestmark = pytest.mark.container

MOST_SECONDS: Final = 15.0
CROWD: Final = 1_500
BODY_BYTES: Final = 2_000_000


@pytest.mark.parametrize(("service", "source"), [("mysql", "snapshot"), ("mlflow", "model")])
def test_beside_a_silent_server_a_restarted_api_soon_answers_from_its_copy(
    stack: Stack, request_body: dict[str, Any], service: str, source: str
) -> None:
    with httpx2.Client(base_url=stack.url("api")) as client:
        before = predictions(client, request_body)

    with stack.paused(service):
        stack.compose("restart", "api")
        began = time.monotonic()
        wait_until(lambda: is_ready(stack), "the API is ready")
        seconds = time.monotonic() - began
        with httpx2.Client(base_url=stack.url("api")) as client:
            assert predictions(client, request_body) == before
        assert any("served from the local copy" in note for note in notes(stack))
        wait_until(lambda: any(note.startswith(f"{source}:") for note in notes(stack)), f"{service} is missed")

    wait_until(lambda: notes(stack) == [], "the API follows its servers again")
    assert seconds <= MOST_SECONDS


def test_when_a_silent_database_answers_again_new_snapshots_are_served(
    stack: Stack, request_body: dict[str, Any]
) -> None:
    before = publication(stack)
    with Traffic(stack.url("api"), request_body) as traffic:
        with stack.paused("mysql"):
            wait_until(lambda: any(note.startswith("snapshot:") for note in notes(stack)), "MySQL is missed")
            traffic.wait_for_more()
        stack.run_training("python", "-m", "training.preprocess", "--source=db")
        wait_until(lambda: publication(stack) != before, "the new snapshot is served")

    assert traffic.failures == []


def test_without_its_database_mlflow_is_unhealthy_and_logs_no_traceback_for_it(stack: Stack) -> None:
    # Without the API: what it asks in vain may be logged.
    with stack.stopped("api"), stack.stopped("mysql"):
        since = dt.datetime.now(dt.UTC)
        wait_until(lambda: not stack.is_healthy("mlflow"), "MLflow is unhealthy")
        logged = stack.logs_since("mlflow", since)
    assert "Traceback" not in logged


@pytest.mark.parametrize(
    "sent",
    [
        [head(BODY_BYTES) + bytes(BODY_BYTES - 1)],
        [b"GET /", b"POST /quantity/predict HTTP/1.1\r\nx: ", head(100) + b"{", head(BODY_BYTES) + b" " * 60_000],
    ],
    ids=["bodies that lack a byte", "beginnings"],
)
def test_a_crowd_of_slow_clients_ends_nothing(stack: Stack, request_body: dict[str, Any], sent: list[bytes]) -> None:
    (before,) = stack.states("api")
    port = int(stack.url("api").rpartition(":")[2])
    with httpx2.Client(base_url=stack.url("api")) as client, ExitStack() as crowd:
        for content in islice(cycle(sent), CROWD):
            connection = crowd.enter_context(RawConnection(port))
            connection.send_as_much_as_is_taken(content)
        assert client.get("/healthcheck/ping").status_code == 200
        assert client.get("/metrics").status_code == 200
    wait_until(lambda: is_answered(stack, request_body), "predictions are answered when the crowd has gone")

    (after,) = stack.states("api")
    assert (after["Id"], after["State"]["StartedAt"]) == (before["Id"], before["State"]["StartedAt"])
    assert not after["State"]["OOMKilled"]


def is_ready(stack: Stack) -> bool:
    with suppress(httpx2.HTTPError):
        return readiness(stack).status_code == 200
    return False


def is_answered(stack: Stack, body: dict[str, Any]) -> bool:
    with suppress(httpx2.HTTPError), httpx2.Client(base_url=stack.url("api")) as client:
        return client.post("/quantity/predict", json=body).status_code == 200
    return False
