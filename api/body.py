"""Reads a request's body, no further than it may be long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.errors import body_too_large, client_left

if TYPE_CHECKING:
    from starlette.requests import Request


async def read_body(request: Request, limit: int) -> bytes:
    """The body, of at most ``limit`` bytes.

    Raises:
        RefusedError: 413 if it is longer, by its declared length or by what has arrived so far; 499 if the
            client closed the connection.
    """
    if _declared_length(request) > limit:
        raise body_too_large(limit)
    chunks: list[bytes] = []
    length, more = 0, True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise client_left()
        chunk = message.get("body", b"")
        length += len(chunk)
        if length > limit:
            raise body_too_large(limit)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


def _declared_length(request: Request) -> int:
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isdecimal() else 0
