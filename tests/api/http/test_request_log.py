"""One line a request, and its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from tests.support.api.small_market import body_of, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structlog.typing import EventDict

    from tests.support.api.apps import App

URL = "/quantity/predict"


@pytest.fixture
def lines() -> Iterator[list[EventDict]]:
    with capture_logs() as lines:
        yield lines


def test_a_prediction_is_one_line(shared_app: App, lines: list[EventDict]) -> None:
    shared_app.client.post(URL, json=body_of(pairs().ordered[:7]), headers={"x-request-id": "cart-17"})

    (line,) = lines
    assert 0 < line.pop("duration_ms") < 60_000
    assert line == {
        "log_level": "info",
        "logger": "api.request",
        "event": "request",
        "method": "POST",
        "path": URL,
        "status": 200,
        "client": "testclient",
        "pairs": 7,
        "request_id": "cart-17",
    }


@pytest.mark.parametrize(
    ("request_line", "level", "status"),
    [
        ("GET /healthcheck/ping", "debug", 200),
        ("GET /healthcheck/ready", "debug", 200),
        ("GET /metrics", "debug", 200),
        ("GET /quantity/model", "info", 200),
        (f"POST {URL}", "info", 422),
        (f"GET {URL}", "info", 405),
        ("GET /nothing", "info", 404),
    ],
)
def test_the_level_is_that_of_the_occasion(
    shared_app: App, lines: list[EventDict], request_line: str, level: str, status: int
) -> None:
    method, path = request_line.split()

    shared_app.client.request(method, path)

    (line,) = lines
    assert (line["log_level"], line["path"], line["status"]) == (level, path, status)


def test_what_is_not_there_yet_is_a_warning(waiting_app: App, lines: list[EventDict]) -> None:
    waiting_app.client.post(URL, json=body_of(pairs().ordered[:7]))

    (line,) = lines
    assert (line["log_level"], line["status"], line["pairs"]) == ("warning", 503, None)


def test_an_endless_path_is_cut(shared_app: App, lines: list[EventDict]) -> None:
    shared_app.client.get("/" + "x" * 5000)

    assert len(lines[0]["path"]) == 200


def test_the_id_of_the_client_comes_back(shared_app: App) -> None:
    answer = shared_app.client.get("/healthcheck/ping", headers={"x-request-id": "A-b_c.9:7/8+=="})

    assert answer.headers.get_list("x-request-id") == ["A-b_c.9:7/8+=="]


@pytest.mark.parametrize("wild", ["", "two words", 'quote"', "x" * 129, "brace}", "é"])
def test_a_wild_id_is_replaced(shared_app: App, wild: str) -> None:
    answer = shared_app.client.get("/healthcheck/ping", headers=[(b"x-request-id", wild.encode("latin-1"))])

    given = answer.headers["x-request-id"]
    assert given != wild
    assert len(given) == 16


def test_every_request_without_an_id_gets_its_own(shared_app: App) -> None:
    given = {shared_app.client.get("/healthcheck/ping").headers["x-request-id"] for _ in range(20)}

    assert len(given) == 20
