"""One log line a request, an id that joins it with the client's own records, and the last resort for errors."""

from __future__ import annotations

import logging
import random
import re
import time
from typing import TYPE_CHECKING

import structlog

from api.http.json_documents import JsonResponse

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send
    from structlog.typing import FilteringBoundLogger

HEADER = b"x-request-id"
MAX_PATH = 200

_SANE_ID = re.compile(rb"[A-Za-z0-9._:+/=-]{1,128}")
_QUIET = ("/healthcheck/", "/metrics")
_SERVER_ERROR, _UNAVAILABLE = 500, 503


class RequestLog:
    """ASGI middleware: logs each request when it has ended, and answers 500 where nothing else has answered.

    A request's id is the client's `X-Request-ID` if that is a plain word, else a new one; the answer
    carries it. The line shows ``request.state.pairs`` where an endpoint has set it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._logger: FilteringBoundLogger = structlog.get_logger().bind(logger="api.request")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id.decode("ascii")
        status: int | None = None

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (HEADER, request_id)]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            if status is not None:
                raise
            self._logger.exception("unexpected error", request_id=scope["state"]["request_id"])
            await _internal_error(scope)(scope, receive, send_with_id)
        finally:
            self._log(scope, status or _SERVER_ERROR, time.perf_counter() - started)

    def _log(self, scope: Scope, status: int, seconds: float) -> None:
        path = _path(scope)
        level = _level(path, status)
        if not self._logger.is_enabled_for(level):
            return
        state, client = scope["state"], scope.get("client")
        self._logger.log(
            level,
            "request",
            method=scope["method"],
            path=path,
            status=status,
            duration_ms=round(seconds * 1000, 3),
            client=client[0] if client else None,
            pairs=state.get("pairs"),
            request_id=state["request_id"],
        )


def _request_id(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == HEADER and _SANE_ID.fullmatch(value):
            return bytes(value)
    return b"%016x" % random.getrandbits(64)  # a name, not a secret: those cost a system call


def _internal_error(scope: Scope) -> Response:
    return JsonResponse({"detail": "internal error", "request_id": scope["state"]["request_id"]}, _SERVER_ERROR)


def _path(scope: Scope) -> str:
    route = scope.get("route")
    return str(getattr(route, "path", None) or scope["path"].removeprefix(scope.get("root_path", ""))[:MAX_PATH])


def _level(path: str, status: int) -> int:
    if path.startswith(_QUIET):
        return logging.DEBUG
    if status < _SERVER_ERROR:
        return logging.INFO
    return logging.WARNING if status == _UNAVAILABLE else logging.ERROR
