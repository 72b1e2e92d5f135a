"""The last resort, and refusals."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request

from api.http.errors import RefusedError, refuse

if TYPE_CHECKING:
    from tests.support.api.apps import App


async def fails() -> None:
    raise ZeroDivisionError("nobody foresaw this")


def test_an_unforeseen_error_is_a_500_in_json_and_logged_with_its_trace(
    waiting_app: App, caplog: pytest.LogCaptureFixture
) -> None:
    waiting_app.api.add_api_route("/fails", fails)

    answer = waiting_app.client.get("/fails", headers={"x-request-id": "abc"})

    assert answer.status_code == 500
    assert answer.json() == {"detail": "internal error", "request_id": "abc"}
    (record,) = (record for record in caplog.records if record.name == "api.http.errors")
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ZeroDivisionError)
    assert waiting_app.metric("http_requests_total", handler="/fails", method="GET", status="500") == 1


def test_a_refusal_keeps_its_headers() -> None:
    answer = RefusedError(503, {"detail": "later"}, {"Retry-After": "5"}).response()

    assert (answer.status_code, answer.body, answer.headers["retry-after"]) == (503, b'{"detail":"later"}', "5")


def test_the_handler_of_refusals_answers_nothing_else() -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(refuse(Request({"type": "http"}), ZeroDivisionError()))
