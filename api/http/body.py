"""Reads a request's body, no further than it may be long, and no longer than it may take."""

from __future__ import annotations

import asyncio
import types
from typing import TYPE_CHECKING, Any

from api.http.errors import body_too_large, body_too_slow, client_left
from api.http.headers import declared_length

if TYPE_CHECKING:
    from collections.abc import Awaitable, Generator

    from starlette.requests import Request
    from starlette.types import Message

    Steps = Generator[Any, Any, Message]


async def read_body(request: Request, limit: int, seconds: float) -> bytes:
    """The body, of at most ``limit`` bytes, which arrive within ``seconds``.

    Raises:
        RefusedError: 413 if it is longer, by its declared length or by what has arrived so far; 408 if it is
            slower; 499 if the client closed the connection.
    """
    if declared_length(request.scope) > limit:
        raise body_too_large(limit)
    body = _Body(limit)
    steps: Steps = request.receive().__await__()
    try:
        wait = next(steps)
    except StopIteration as arrived:
        # Most bodies come along with their head: a timer would cost more than all the rest.
        if body.is_complete_with(arrived.value):
            return body.content
        message: Awaitable[Message] = request.receive()
    else:
        message = _rest(steps, wait)
    return await _read_on(body, message, request, seconds)


class _Body:
    """What has arrived of a body."""

    def __init__(self, limit: int) -> None:
        self._limit, self._length = limit, 0
        self._chunks: list[bytes] = []

    @property
    def content(self) -> bytes:
        """All of it."""
        return b"".join(self._chunks)

    def is_complete_with(self, message: Message) -> bool:
        """Take in the next message."""
        if message["type"] == "http.disconnect":
            raise client_left()
        chunk = message.get("body", b"")
        self._length += len(chunk)
        if self._length > self._limit:
            raise body_too_large(self._limit)
        self._chunks.append(chunk)
        return not message.get("more_body", False)


async def _read_on(body: _Body, message: Awaitable[Message], request: Request, seconds: float) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            while not body.is_complete_with(await message):
                message = request.receive()
    except TimeoutError:
        raise body_too_slow(seconds) from None
    return body.content


@types.coroutine
def _rest(steps: Steps, wait: object) -> Steps:
    """Go on with what has come to its first wait."""
    try:
        yield wait
    except BaseException:
        steps.close()
        raise
    return (yield from steps)
