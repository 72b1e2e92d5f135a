"""One line a request, and its id."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.api.small_market import body_of, pairs

if TYPE_CHECKING:
    from tests.support.api.apps import App

URL = "/quantity/predict"


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, dict[str, Any]]]:
    return [(record.levelname, record.__dict__["fields"]) for record in caplog.records if record.name == "api.request"]


@pytest.fixture(autouse=True)
def _at_debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="api.request")


def test_a_prediction_is_one_line(shared_app: App, caplog: pytest.LogCaptureFixture) -> None:
    shared_app.client.post(URL, json=body_of(pairs().ordered[:7]), headers={"x-request-id": "cart-17"})

    ((level, line),) = lines(caplog)
    assert level == "INFO"
    assert 0 < line.pop("duration_ms") < 60_000
    assert line == {
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
        ("GET /healthcheck/ping", "DEBUG", 200),
        ("GET /healthcheck/ready", "DEBUG", 200),
        ("GET /metrics", "DEBUG", 200),
        ("GET /quantity/model", "INFO", 200),
        (f"POST {URL}", "INFO", 422),
        (f"GET {URL}", "INFO", 405),
        ("GET /nothing", "INFO", 404),
    ],
)
def test_the_level_is_that_of_the_occasion(
    shared_app: App, caplog: pytest.LogCaptureFixture, request_line: str, level: str, status: int
) -> None:
    method, path = request_line.split()

    shared_app.client.request(method, path)

    ((logged_level, line),) = lines(caplog)
    assert (logged_level, line["path"], line["status"]) == (level, path, status)


def test_what_is_not_there_yet_is_a_warning(waiting_app: App, caplog: pytest.LogCaptureFixture) -> None:
    waiting_app.client.post(URL, json=body_of(pairs().ordered[:7]))

    ((level, line),) = lines(caplog)
    assert (level, line["status"], line["pairs"]) == ("WARNING", 503, None)


def test_an_endless_path_is_cut(shared_app: App, caplog: pytest.LogCaptureFixture) -> None:
    shared_app.client.get("/" + "x" * 5000)

    assert len(lines(caplog)[0][1]["path"]) == 200


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
