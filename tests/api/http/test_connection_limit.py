"""Above the limit to connections: who is refused, who is answered, and who makes room."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import pytest
import uvicorn

from api.http.connection import GuardedProtocol
from api.http.connection_limit import PATIENCE_SECONDS, RESERVED, ConnectionLimit
from local_servers.waiting import wait_until
from tests.support.faults.raw_connection import RawConnection, head

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Receive, Scope, Send

LIMIT = 3
ROOT_PATH = "/orders"
ASK = head(path="/x", method="GET")
HEALTH = head(path="/healthcheck/ping", method="GET")


class Server:
    """A real server of a trivial app; the test sets the limit's clock, and says when `/held` is answered."""

    def __init__(self) -> None:
        self.now = 0.0
        self.limit = ConnectionLimit(LIMIT, lambda: self.now)
        protocol = cast("type[asyncio.Protocol]", partial(GuardedProtocol, 3600.0, self.limit, ROOT_PATH))
        config = uvicorn.Config(self._answer, port=0, http=protocol, ws="none", lifespan="off", interface="asgi3")
        self.server = uvicorn.Server(config)
        self.held = threading.Event()
        self.release = threading.Event()

    @property
    def port(self) -> int:
        port: int = self.server.servers[0].sockets[0].getsockname()[1]
        return port

    def wait_for_connections(self, count: int) -> None:
        wait_until(lambda: len(self.limit) == count, f"{count} connections are open")

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in {"/held", "/healthcheck/held"}:
            self.held.set()
            await asyncio.to_thread(self.release.wait)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


@contextmanager
def running(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.server.run)
    thread.start()
    try:
        wait_until(lambda: server.server.started, "the server has started")
        yield server
    finally:
        server.release.set()
        server.server.should_exit = True
        thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    with running(Server()) as server:
        yield server


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def connect(server: Server, stack: ExitStack, count: int = 1) -> list[RawConnection]:
    """Connections that the server knows of, in this order."""
    opened = []
    for _ in range(count):
        before = len(server.limit)
        opened.append(stack.enter_context(RawConnection(server.port)))
        server.wait_for_connections(before + 1)
    return opened


def status(connection: RawConnection, request: bytes) -> int:
    connection.send(request)
    return connection.answer().status


def test_up_to_the_limit_all_are_answered(server: Server, stack: ExitStack) -> None:
    assert [status(connection, ASK) for connection in connect(server, stack, LIMIT)] == [200] * LIMIT


def test_above_it_the_answer_is_503_and_says_when_to_try_again(server: Server, stack: ExitStack) -> None:
    *_, surplus = connect(server, stack, LIMIT + 1)
    surplus.send(ASK)
    answer = surplus.answer()
    assert answer.status == 503
    assert (answer.headers["retry-after"], answer.headers["connection"]) == ("1", "close")
    assert json.loads(answer.body) == {"detail": "there are too many connections"}
    assert surplus.is_closed()


def test_above_it_head_gets_no_body(server: Server, stack: ExitStack) -> None:
    *_, surplus = connect(server, stack, LIMIT + 1)
    surplus.send(head(path="/x", method="HEAD"))
    assert surplus.head().status == 503
    assert surplus.is_closed()


def test_above_it_those_that_were_there_before_are_answered(server: Server, stack: ExitStack) -> None:
    first, *_ = connect(server, stack, LIMIT + 1)
    assert status(first, ASK) == 200


@pytest.mark.parametrize(
    "path", ["/healthcheck/ping", "/healthcheck/ready", "/metrics", f"{ROOT_PATH}/healthcheck/ping"]
)
def test_above_it_health_and_metrics_are_told(server: Server, stack: ExitStack, path: str) -> None:
    *_, surplus = connect(server, stack, LIMIT + 1)
    request = head(path=path, method="GET")
    assert [status(surplus, request), status(surplus, request)] == [200, 200]


def test_when_there_is_room_again_a_surplus_connection_is_as_good_as_others(server: Server, stack: ExitStack) -> None:
    first, *_, surplus = connect(server, stack, LIMIT + 1)
    first.close()
    server.wait_for_connections(LIMIT)
    assert status(surplus, ASK) == 200


def test_those_that_have_waited_longest_make_room(server: Server, stack: ExitStack) -> None:
    first, second, third = connect(server, stack, LIMIT)
    server.now = PATIENCE_SECONDS
    assert status(first, ASK) == 200
    second.send(ASK[:-2])
    server.now += PATIENCE_SECONDS / 2
    newcomer = stack.enter_context(RawConnection(server.port))
    assert status(newcomer, ASK) == 200
    assert second.answer().status == 503
    assert second.is_closed()
    assert [status(connection, ASK) for connection in (first, third)] == [200, 200]


def test_an_idle_connection_makes_room_without_a_word(server: Server, stack: ExitStack) -> None:
    first, *_ = connect(server, stack, LIMIT)
    server.now = 2 * PATIENCE_SECONDS
    newcomer = stack.enter_context(RawConnection(server.port))
    assert status(newcomer, ASK) == 200
    assert first.is_closed()


def test_a_connection_that_waits_for_its_answer_stays(server: Server, stack: ExitStack) -> None:
    first, second, *_ = connect(server, stack, LIMIT)
    first.send(head(path="/held", method="GET"))
    assert server.held.wait(60)
    server.now = 2 * PATIENCE_SECONDS
    newcomer = stack.enter_context(RawConnection(server.port))
    assert status(newcomer, ASK) == 200
    assert second.is_closed()
    server.release.set()
    assert first.answer().status == 200


def test_a_crowd_that_came_at_once_makes_room_for_health_checks(server: Server, stack: ExitStack) -> None:
    first, *_ = connect(server, stack, LIMIT + RESERVED)
    newcomer = stack.enter_context(RawConnection(server.port))
    assert status(newcomer, HEALTH) == 200
    assert first.is_closed()


def test_where_nobody_can_make_room_the_connection_is_refused(server: Server, stack: ExitStack) -> None:
    for connection in connect(server, stack, LIMIT + RESERVED):
        connection.send(head(path="/healthcheck/held", method="GET"))
    wait_until(lambda: not any(c.is_clients_turn() for c in connections_of(server)), "all wait for their answers")
    newcomer = stack.enter_context(RawConnection(server.port))
    assert newcomer.answer().status == 503
    assert newcomer.is_closed()


def connections_of(server: Server) -> list[Any]:
    return list(server.server.server_state.connections)
