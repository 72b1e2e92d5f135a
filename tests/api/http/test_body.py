"""How a body is read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request

from api.http.body import read_body
from api.http.errors import CLIENT_LEFT, RefusedError
from api.http.load_limit import LargeRequests, RequestSize

if TYPE_CHECKING:
    from starlette.types import Message


class Connection:
    """Delivers messages, and counts those that were asked for."""

    def __init__(self, *messages: Message, length: str | None = None) -> None:
        headers = [] if length is None else [(b"content-length", length.encode("latin-1"))]
        self.request = Request({"type": "http", "headers": headers}, self._receive)
        self._messages = iter(messages)
        self.received = 0

    async def _receive(self) -> Message:
        self.received += 1
        return next(self._messages)

    def read(self, limit: int, seconds: float = 60) -> bytes:
        return asyncio.run(read_body(self.request, limit, seconds, RequestSize(LargeRequests(limit, 1))))


def chunk(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def test_chunks_are_joined() -> None:
    assert Connection(chunk(b"ab"), chunk(b""), chunk(b"c", more=False)).read(3) == b"abc"


def test_a_message_may_leave_out_what_has_a_default() -> None:
    assert Connection({"type": "http.request"}).read(3) == b""


def test_a_declared_length_above_the_limit_is_refused_unread() -> None:
    connection = Connection(length="4")

    with pytest.raises(RefusedError) as refused:
        connection.read(3)

    assert (refused.value.status, connection.received) == (413, 0)


def test_reading_ends_with_the_first_byte_above_the_limit() -> None:
    connection = Connection(*[chunk(b"ab")] * 100)

    with pytest.raises(RefusedError) as refused:
        connection.read(3)

    assert (refused.value.status, connection.received) == (413, 2)


@pytest.mark.parametrize("length", ["", "-1", "x", "²", "1e9"])
def test_a_length_that_is_no_number_is_not_trusted(length: str) -> None:
    assert Connection(chunk(b"abc", more=False), length=length).read(3) == b"abc"


def test_a_client_that_leaves_gets_no_answer_worth_an_alarm() -> None:
    with pytest.raises(RefusedError) as refused:
        Connection(chunk(b"ab"), {"type": "http.disconnect"}).read(3)

    assert refused.value.status == CLIENT_LEFT


class Slow(Connection):
    """Delivers a byte now and then, without an end."""

    async def _receive(self) -> Message:
        await asyncio.sleep(0.01)
        return chunk(b"a")


def test_a_body_that_trickles_in_is_refused_and_the_connection_ends() -> None:
    with pytest.raises(RefusedError) as refused:
        Slow().read(10**9, seconds=0.1)

    assert refused.value.status == 408
    assert refused.value.content == {"detail": "the body did not arrive within 0.1 seconds"}
    assert refused.value.headers == {"Connection": "close"}
