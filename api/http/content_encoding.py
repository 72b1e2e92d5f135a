"""Unpacks gzip-compressed bodies, no further than a body may be long."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from anyio import to_thread

from api.http.errors import body_too_large, invalid_gzip, unsupported_encoding

if TYPE_CHECKING:
    from collections.abc import Iterator

GZIP: Final = (b"gzip", b"x-gzip")
NONE: Final = (b"", b"identity")

MAX_MEMBERS: Final = 1_000
"""Most gzip members of a body: to begin one costs as much as to unpack some kilobytes."""

SMALL_BYTES: Final = 1_000
"""Packed bodies up to this length are unpacked at once, which takes a millisecond at most; others in a thread."""

_BLOCK_BYTES: Final = 4_096
"""zlib copies what it is given beyond a member's end: so much at most."""

_WITH_GZIP_HEAD: Final = 16 + zlib.MAX_WBITS


def is_gzip(content_encoding: bytes) -> bool:
    """Whether a request's body is gzip-compressed.

    Args:
        content_encoding: the header's value; empty where there is none.

    Raises:
        RefusedError: 415, it has another content encoding, or several.
    """
    encoding = content_encoding.strip().lower()
    if encoding in GZIP:
        return True
    if encoding not in NONE:
        raise unsupported_encoding()
    return False


async def unpack(packed: bytes, limit: int) -> bytes:
    """`gunzip` that does not hold up other requests."""
    if len(packed) <= SMALL_BYTES:
        return gunzip(packed, limit)
    return await to_thread.run_sync(gunzip, packed, limit)


def gunzip(packed: bytes, limit: int) -> bytes:
    """Unpack a gzip file of one or more members.

    Args:
        packed: the file.
        limit: most bytes that it may unpack to; no more than one beyond are unpacked.

    Raises:
        RefusedError: 413, it unpacks to more; 422, it is not gzip, is cut short, or has too many members.
    """
    pieces: list[bytes] = []
    length = 0
    try:
        for piece in _pieces(packed, limit):
            length += len(piece)
            if length > limit:
                raise body_too_large(limit)
            pieces.append(piece)
    except zlib.error:
        raise invalid_gzip("The body should be gzip, as its Content-Encoding says") from None
    return b"".join(pieces)


def _pieces(packed: bytes, limit: int) -> Iterator[bytes]:
    """What the members hold, in pieces that together exceed the limit by one byte at most."""
    member, members, left = zlib.decompressobj(_WITH_GZIP_HEAD), 1, limit + 1
    for start in range(0, len(packed), _BLOCK_BYTES):
        block = packed[start : start + _BLOCK_BYTES]
        while block:
            if member.eof:
                member, members = zlib.decompressobj(_WITH_GZIP_HEAD), members + 1
            if members > MAX_MEMBERS:
                raise invalid_gzip(f"The body should have at most {MAX_MEMBERS} gzip members")
            piece = member.decompress(block, left)
            left -= len(piece)
            yield piece
            block = member.unused_data
    if not member.eof:
        raise invalid_gzip("The body should be gzip to its end, and is cut short")
