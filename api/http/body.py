"""Reads a request's body, no further than it may be long, and no longer than it may take."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from api.http.content_encoding import is_gzip, unpack
from api.http.errors import body_too_large, body_too_slow, client_left
from api.http.load_limit import too_many_large_requests

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from api.http.load_limit import RequestSize


async def read_body(request: Request, limit: int, seconds: float, size: RequestSize) -> bytes:
    """The body, of at most ``limit`` bytes, which arrive within ``seconds``; unpacked if it is gzip.

    Raises:
        RefusedError: 413 if it is longer, by its declared length, by what has arrived so far or unpacked; 408 if it is
            slower; 503 if it is one of too many large ones; 415 and 422 if it cannot be unpacked; 499 if the client
            closed the connection.
    """
    declared, encoding = _length_and_encoding(request.scope["headers"])
    is_packed = encoding != b"" and is_gzip(encoding)
    if declared > limit:
        raise body_too_large(limit)
    size.grow_to(declared)
    try:
        async with asyncio.timeout(seconds) as arrival:
            size.arrival = arrival
            body = await _read(request, limit, size)
            size.arrival = None
    except TimeoutError:
        raise (too_many_large_requests() if size.has_given_way else body_too_slow(seconds)) from None
    return await _unpacked(body, limit, size) if is_packed else body


async def _read(request: Request, limit: int, size: RequestSize) -> bytes:
    chunks: list[bytes] = []
    length = 0
    is_complete = False
    while not is_complete:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise client_left()
        chunks.append(message.get("body", b""))
        length += len(chunks[-1])
        if length > limit:
            raise body_too_large(limit)
        size.grow_to(length)
        is_complete = not message.get("more_body", False)
    return b"".join(chunks)


async def _unpacked(packed: bytes, limit: int, size: RequestSize) -> bytes:
    body = await unpack(packed, limit)
    size.grow_to(len(body))
    return body


def declared_length(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """The body's length as its headers declare it; 0 if they do not."""
    for name, value in headers:
        if name == b"content-length":
            return _number(value)
    return 0


def _length_and_encoding(headers: Iterable[tuple[bytes, bytes]]) -> tuple[int, bytes]:
    length, encoding = 0, b""
    for name, value in headers:
        if name == b"content-length":
            length = _number(value)
        elif name == b"content-encoding":
            encoding = b"%b,%b" % (encoding, value) if encoding else value
    return length, encoding


def _number(text: bytes) -> int:
    return int(text) if text.isdigit() else 0
