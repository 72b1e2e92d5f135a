"""The last resort, and refusals."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request
from starlette.responses import StreamingResponse
from structlog.processors import format_exc_info
from structlog.testing import capture_logs

from api.http.errors import RefusedError, refuse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.api.apps import App


async def fails() -> None:
    raise ZeroDivisionError("nobody foresaw this")


async def fails_late(request: Request) -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"a"
        raise ZeroDivisionError("after the answer has begun")

    return StreamingResponse(pieces())


def test_an_unforeseen_error_is_a_500_in_json_and_logged_with_its_trace(waiting_app: App) -> None:
    waiting_app.api.add_api_route("/fails", fails)

    with capture_logs(processors=[format_exc_info]) as lines:
        answer = waiting_app.client.get("/fails", headers={"x-request-id": "abc"})

    assert answer.status_code == 500
    assert answer.json() == {"detail": "internal error", "request_id": "abc"}
    assert answer.headers["x-request-id"] == "abc"
    error, request = lines
    assert (error["log_level"], error["event"], error["request_id"]) == ("error", "unexpected error", "abc")
    assert "ZeroDivisionError: nobody foresaw this" in error["exception"]
    assert (request["log_level"], request["event"], request["status"]) == ("error", "request", 500)
    assert waiting_app.metric("http_requests_total", handler="/fails", method="GET", status="5xx") == 1


def test_an_error_in_the_middle_of_an_answer_is_left_to_the_server(waiting_app: App) -> None:
    waiting_app.api.add_route("/fails-late", fails_late)

    with capture_logs() as lines, pytest.raises(ZeroDivisionError):
        waiting_app.client.get("/fails-late")

    (request,) = lines
    assert (request["event"], request["status"]) == ("request", 200)


def test_a_refusal_keeps_its_headers() -> None:
    answer = RefusedError(503, {"detail": "later"}, {"Retry-After": "5"}).response()

    assert (answer.status_code, answer.body, answer.headers["retry-after"]) == (503, b'{"detail":"later"}', "5")


def test_the_handler_of_refusals_answers_nothing_else() -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(refuse(Request({"type": "http"}), ZeroDivisionError()))
