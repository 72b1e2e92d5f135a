"""uvicorn's HTTP protocol, with limits to what it waits for: a request's head, and a client that reads nothing."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

MAX_HEAD_BYTES = 65_536
"""Longest request line and header lines together. The parser itself has no limit, and its time grows with the
square of a header's length."""

logger = logging.getLogger(__name__)


class GuardedProtocol(HttpToolsProtocol):
    """One connection. Bodies that are slow are the endpoint's to refuse: see `read_body`.

    Args:
        seconds: how long to wait for a client at least; twice as long at most.
        options: uvicorn's own.
    """

    def __init__(self, seconds: float, **options: Any) -> None:
        super().__init__(**options)
        self._seconds = seconds
        self._head_bytes = 0
        self._waited_for: object = None
        self._look_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to look at the connection now and then, which costs its requests nothing."""
        super().connection_made(transport)
        self._look_timer = self.loop.call_later(self._seconds, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """End that."""
        if self._look_timer is not None:
            self._look_timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Refuse a head that is too long; what comes along with its beginning is not counted."""
        before = self.scope
        super().data_received(data)
        if not self._in_head() or self.scope is not before:
            self._head_bytes = 0
            return
        self._head_bytes += len(data)
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(431, f"the request's line and headers are larger than {MAX_HEAD_BYTES} bytes")

    def _in_head(self) -> bool:
        return self.scope is not None and (self.cycle is None or self.cycle.scope is not self.scope)

    def _look(self) -> None:
        waiting_for = self._waiting_for()
        if waiting_for is not None and waiting_for == self._waited_for:
            self._give_up()
            return
        self._waited_for = waiting_for
        self._look_timer = self.loop.call_later(self._seconds, self._look)

    def _waiting_for(self) -> object:
        """What the client has to do next, or None if it is not the client's turn or uvicorn has an eye on it."""
        if self.transport.is_closing():
            return "to read"
        is_answered = self.cycle is None or self.cycle.response_complete
        return ("to ask", id(self.cycle)) if is_answered and self.timeout_keep_alive_task is None else None

    def _give_up(self) -> None:
        if self.transport.is_closing():
            self.transport.abort()
        elif self._in_head():
            self._refuse(408, f"the request's line and headers did not arrive within {self._seconds:g} seconds")
        else:
            self.transport.close()

    def _refuse(self, status: int, detail: str) -> None:
        if self.transport.is_closing():
            return
        logger.info("request refused", extra={"fields": {"status": status, "reason": detail, "client": self.client}})
        body = to_json({"detail": detail})
        headers = f"content-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        # An answer that is still being made has the first word: then there is nothing to say.
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(STATUS_LINE[status] + headers.encode("ascii") + body)
        self.transport.close()
