"""uvicorn's HTTP protocol, with limits to what one connection may cost: bytes, requests in line, waiting."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import to_json
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from api.http.errors import RefusedError
from api.http.load_limit import too_busy

if TYPE_CHECKING:
    import asyncio
    from collections import deque

    from api.http.connection_limit import ConnectionLimit

MAX_HEAD_BYTES: Final = 65_536
"""Most bytes in a row that neither belong to a body nor complete a head: those of a head, of a chunk's extension, of
trailers. The parser itself has no limit, and its time grows with the square of a header's length."""

MAX_HEADERS: Final = 100
"""Most header lines of a request."""

MAX_QUEUED: Final = 100
"""Most requests in line behind the one that is being answered; the connection ends with the last of them."""

STOP_SECONDS: Final = 3.0
"""When the service is told to stop, clients have so long to send and to read what they have begun."""

UNLIMITED_PATHS: Final = (b"/healthcheck/", b"/metrics")
"""Answered when there are too many connections for anything else."""

TOO_LARGE: Final = RefusedError(
    431, {"detail": f"the request's line and headers are more than {MAX_HEADERS} lines or {MAX_HEAD_BYTES} bytes"}
)
TOO_MANY_QUEUED: Final = RefusedError(429, {"detail": f"more than {MAX_QUEUED} requests wait on this connection"})
TOO_MANY_CONNECTIONS: Final = too_busy("there are too many connections")
STOPPING: Final = too_busy("the service is being stopped")

logger = logging.getLogger(__name__)


class GuardedProtocol(HttpToolsProtocol):
    """One connection. Bodies that are slow or too long are the endpoint's to refuse: see `read_body`.

    Args:
        seconds: how long to wait for a client at least; twice as long at most.
        limit: to the number of connections.
        root_path: what a proxy may leave in front of the paths.
        options: uvicorn's own.
    """

    def __init__(self, seconds: float, limit: ConnectionLimit, root_path: str = "", **options: Any) -> None:
        super().__init__(**options)
        self._seconds, self._limit, self._root_path = seconds, limit, root_path.encode("ascii")
        self._is_surplus = self._is_ending = self._is_answer_unread = False
        self._has_got_on, self._bytes_since = False, 0
        self._refusal: RefusedError | None = None
        self._waited_for: object = None
        self._look_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to look at the connection now and then, which costs its requests nothing."""
        super().connection_made(transport)
        self.flow = _Flow(transport, self.pipeline)
        self._look_timer = self.loop.call_later(self._seconds, self._look)
        if not self._limit.add(self):
            self._refuse(TOO_MANY_CONNECTIONS)
        self._is_surplus = self._limit.is_exceeded

    def connection_lost(self, exc: Exception | None) -> None:
        """End that."""
        self._limit.discard(self)
        if self._look_timer is not None:
            self._look_timer.cancel()
        super().connection_lost(exc)

    # --- what the client sends: uvicorn's methods, which its parser calls ---

    def data_received(self, data: bytes) -> None:
        """Take in what has arrived; refuse what brings the request no further for too many bytes."""
        if self._is_ending:
            return
        self._has_got_on = False
        super().data_received(data)
        self._bytes_since = 0 if self._has_got_on else self._bytes_since + len(data)
        if self._bytes_since > MAX_HEAD_BYTES or (self.headers and len(self.headers) > MAX_HEADERS):
            self._refusal = self._refusal or TOO_LARGE
        if self._refusal is not None:
            self._refuse(self._refusal)

    def on_headers_complete(self) -> None:
        """Take in the head of a request."""
        self._has_got_on = True
        self._refusal = self._refusal or self._refusal_of_head()
        if self._refusal is None:
            super().on_headers_complete()
            # Trailers come as further headers, which nobody reads.
            self.headers = _NOWHERE

    def on_body(self, body: bytes) -> None:
        """Take in a piece of a request's body."""
        self._has_got_on = True
        if self._refusal is None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Note the end of a request."""
        if self._refusal is None:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, in the same form as everything else."""
        self._refusal = self._refusal or RefusedError(400, {"detail": msg})

    def _refusal_of_head(self) -> RefusedError | None:
        if len(self.headers) > MAX_HEADERS:
            return TOO_LARGE
        if len(self.pipeline) >= MAX_QUEUED:
            return TOO_MANY_QUEUED
        self._is_surplus = self._is_surplus and self._limit.is_exceeded
        is_refused = self._is_surplus and not self.url.removeprefix(self._root_path).startswith(UNLIMITED_PATHS)
        return TOO_MANY_CONNECTIONS if is_refused else None

    # --- what the client reads ---

    def on_response_complete(self) -> None:
        """Go on with the next request once the client has read this one's answer."""
        self._limit.answered(self)
        if self.flow.write_paused and not self.transport.is_closing():
            self._is_answer_unread = True
            self.flow.pause_reading()
        else:
            super().on_response_complete()

    def resume_writing(self) -> None:
        """Note that the client has read on."""
        super().resume_writing()
        if self._is_answer_unread:
            self._is_answer_unread = False
            super().on_response_complete()

    # --- waiting ---

    def is_clients_turn(self) -> bool:
        """Whether the client has to send or to read something before anything can go on."""
        if self.transport.is_closing() or self.flow.write_paused or self.cycle is None or self.cycle.response_complete:
            return True
        return not self.pipeline and self.cycle.more_body and not self.cycle.response_started

    def make_room(self) -> None:
        """End the connection for the sake of others."""
        logger.info("connection closed to make room", extra={"client": self.client})
        self._end_waiting(TOO_MANY_CONNECTIONS)

    def shutdown(self) -> None:
        """End the connection once it is idle, or its client has had its time."""
        super().shutdown()
        self.loop.call_later(STOP_SECONDS, self._end_at_stop)

    def _end_at_stop(self) -> None:
        if self.is_clients_turn():
            self._end_waiting(STOPPING)

    def _end_waiting(self, refusal: RefusedError) -> None:
        if self.flow.write_paused or self.transport.is_closing():
            self.transport.abort()
        elif self._is_in_head() or (self.cycle is not None and not self.cycle.response_complete):
            self._refuse(refusal)
        else:
            self.transport.close()

    def _look(self) -> None:
        waiting_for = self._waiting_for()
        if waiting_for is not None and waiting_for == self._waited_for:
            self._give_up()
            return
        self._waited_for = waiting_for
        self._look_timer = self.loop.call_later(self._seconds, self._look)

    def _waiting_for(self) -> object:
        """What the client has to do next, or None if it is not the client's turn or uvicorn has an eye on it."""
        if self.transport.is_closing() or self.flow.write_paused:
            return "to read", id(self.cycle)
        is_answered = self.cycle is None or self.cycle.response_complete
        return ("to ask", id(self.cycle)) if is_answered and self.timeout_keep_alive_task is None else None

    def _give_up(self) -> None:
        if self.transport.is_closing() or self.flow.write_paused:
            self.transport.abort()
        elif self._is_in_head():
            self._refuse(_too_slow(self._seconds))
        else:
            self.transport.close()

    # --- the end ---

    def _is_in_head(self) -> bool:
        return self.scope is not None and (self.cycle is None or self.cycle.scope is not self.scope)

    def _refuse(self, refusal: RefusedError) -> None:
        """End the connection, with an answer where one can be told from those to earlier requests."""
        if self._is_ending or self.transport.is_closing():
            return
        self._is_ending = True
        fields = {"status": refusal.status, "reason": refusal.content["detail"], "client": self.client}
        logger.info("request refused", extra=fields)
        if self.cycle is None or self.cycle.response_complete:
            # Where an answered request has not come to its end, that is what was refused.
            self._end(None if self.cycle and self.cycle.more_body and not self._is_in_head() else refusal)
        elif not self.cycle.more_body:
            self.cycle.keep_alive = False
        else:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._end(None if self.pipeline or self.cycle.response_started else refusal)

    def _end(self, refusal: RefusedError | None) -> None:
        if refusal is not None:
            body = to_json(refusal.content)
            headers = {"content-type": "application/json", "content-length": len(body), "connection": "close"}
            lines = "".join(f"{name}: {value}\r\n" for name, value in {**headers, **(refusal.headers or {})}.items())
            shown = b"" if self.parser.get_method() == b"HEAD" else body
            self.transport.write(STATUS_LINE[refusal.status] + lines.encode("ascii") + b"\r\n" + shown)
        self.transport.close()


class _Flow(FlowControl):
    """Reads no further while requests are in line; uvicorn's own goes on as soon as one of them is begun."""

    def __init__(self, transport: asyncio.Transport, queue: deque[Any]) -> None:
        super().__init__(transport)
        self._queue = queue

    def resume_reading(self) -> None:
        """Read on, unless requests are in line."""
        if not self._queue:
            super().resume_reading()


class _Nowhere(list[tuple[bytes, bytes]]):
    """A list that stays empty."""

    def append(self, header: tuple[bytes, bytes], /) -> None:
        """Drop it."""


_NOWHERE: Final = _Nowhere()


def _too_slow(seconds: float) -> RefusedError:
    return RefusedError(408, {"detail": f"the request's line and headers did not arrive within {seconds:g} seconds"})
