"""Bodies that are gzip-compressed: read as what they hold, and never unpacked further than a body may be long."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request

from api.http.body import read_body
from api.http.content_encoding import MAX_MEMBERS, SMALL_BYTES, gunzip
from api.http.errors import RefusedError
from api.http.json_documents import InvalidRequest
from api.http.load_limit import LargeRequests, RequestSize
from tests.support.api.small_market import body_of, pairs

if TYPE_CHECKING:
    from starlette.types import Message

    from tests.support.api.apps import App

URL = "/quantity/predict"
LIMIT = 2_000_000
PLAIN = json.dumps(body_of(pairs().ordered[:40], date="2024-05-05")).encode()
PACKED = gzip.compress(PLAIN)
EMPTY_MEMBER = gzip.compress(b"")


def refused(packed: bytes, limit: int = LIMIT) -> RefusedError:
    with pytest.raises(RefusedError) as error:
        gunzip(packed, limit)
    return error.value


def bomb(unpacked: int) -> bytes:
    """A gzip file of so many blanks."""
    packer = zlib.compressobj(9, wbits=31)
    blanks = b" " * 1_000_000
    return b"".join(packer.compress(blanks) for _ in range(unpacked // len(blanks))) + packer.flush()


@pytest.mark.parametrize("encoding", ["gzip", "GZip", "x-gzip", " gzip "])
@pytest.mark.parametrize("count", [1, 40, 10_000])
def test_a_packed_request_is_answered_like_the_plain_one(shared_app: App, encoding: str, count: int) -> None:
    body = json.dumps(body_of((pairs().ordered * 100)[:count], date="2024-05-05")).encode()
    plain = shared_app.client.post(URL, content=body)

    packed = shared_app.client.post(URL, content=gzip.compress(body), headers={"content-encoding": encoding})

    assert (packed.status_code, packed.content) == (200, plain.content)


@pytest.mark.parametrize("encoding", ["", "identity", "Identity"])
def test_a_plain_body_may_say_so(shared_app: App, encoding: str) -> None:
    assert shared_app.client.post(URL, content=PLAIN, headers={"content-encoding": encoding}).status_code == 200


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "br, gzip", "chunked", "\xff"])
def test_another_encoding_is_a_415_that_names_the_one_there_is(shared_app: App, encoding: str) -> None:
    answer = shared_app.client.post(URL, content=PACKED, headers=[(b"content-encoding", encoding.encode("latin-1"))])

    assert answer.status_code == 415
    assert answer.json() == {"detail": "the body's Content-Encoding should be gzip, or left out"}
    assert answer.headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (PLAIN, "should be gzip"),
        (b"", "cut short"),
        (PACKED[:5], "cut short"),
        (PACKED[:-1], "cut short"),
        (PACKED[:-5] + bytes(5), "should be gzip"),
        (PACKED + b"garbage", "should be gzip"),
        (PACKED + PACKED[:-1], "cut short"),
        (zlib.compress(PLAIN), "should be gzip"),
        (EMPTY_MEMBER * (MAX_MEMBERS + 1), "members"),
    ],
    ids=["plain", "empty", "head cut", "end cut", "wrong checksum", "garbage", "second cut", "zlib", "members"],
)
def test_what_is_not_gzip_is_a_422_that_says_why(shared_app: App, packed: bytes, reason: str) -> None:
    answer = shared_app.client.post(URL, content=packed, headers={"content-encoding": "gzip"})

    assert answer.status_code == 422
    (fault,) = InvalidRequest.model_validate_json(answer.content, strict=True).detail
    assert (fault.loc, fault.type) == (["body"], "gzip_invalid")
    assert reason in fault.msg


def test_a_packed_body_of_something_else_is_told_where(shared_app: App) -> None:
    packed = gzip.compress(b'{"input": 3}')

    answer = shared_app.client.post(URL, content=packed, headers={"content-encoding": "gzip"})

    assert answer.json()["detail"][0]["loc"] == ["body", "input"]


@pytest.mark.parametrize("cut", [1, 100, len(PLAIN) - 1])
def test_members_are_joined(cut: int) -> None:
    members = gzip.compress(PLAIN[:cut]) + EMPTY_MEMBER + gzip.compress(PLAIN[cut:])

    assert gunzip(members, len(PLAIN)) == PLAIN


def test_as_many_members_as_allowed_are_read() -> None:
    assert gunzip(EMPTY_MEMBER * (MAX_MEMBERS - 1) + PACKED, LIMIT) == PLAIN


def test_the_limit_is_that_of_the_unpacked_body() -> None:
    assert gunzip(PACKED, len(PLAIN)) == PLAIN
    assert refused(PACKED, len(PLAIN) - 1).status == 413


def test_members_are_limited_together() -> None:
    assert refused(PACKED + PACKED, 2 * len(PLAIN) - 1).status == 413


def test_a_bomb_is_unpacked_no_further_than_the_limit() -> None:
    packed = bomb(1_000_000_000)
    assert len(packed) < LIMIT
    tracemalloc.start()
    try:
        error = refused(packed)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (error.status, error.content) == (413, {"detail": f"the body is larger than {LIMIT} bytes"})
    assert peak < 3 * LIMIT


def test_a_bomb_is_a_413(shared_app: App) -> None:
    answer = shared_app.client.post(URL, content=bomb(100_000_000), headers={"content-encoding": "gzip"})

    assert answer.status_code == 413


class Delivered:
    """One request whose body comes at once.

    Args:
        body: it.
        larger_than: bodies above this length are large; none may be.
    """

    def __init__(self, body: bytes, larger_than: int) -> None:
        self._body = body
        self._size = RequestSize(LargeRequests(larger_than, 0))
        self.request = Request({"type": "http", "headers": [(b"content-encoding", b"gzip")]}, self._receive)

    async def _receive(self) -> Message:
        return {"type": "http.request", "body": self._body}

    async def read(self) -> bytes:
        return await read_body(self.request, LIMIT, 60, self._size)


def test_a_body_that_is_large_only_unpacked_counts_as_large() -> None:
    packed = gzip.compress(b" " * 100_000)
    assert len(packed) < 1_000

    with pytest.raises(RefusedError) as error:
        asyncio.run(Delivered(packed, 15_000).read())

    assert error.value.status == 503


def test_a_large_body_is_unpacked_beside_the_event_loop() -> None:
    packed = gzip.compress(json.dumps(list(range(200_000))).encode())
    assert len(packed) > SMALL_BYTES

    async def turns_meanwhile() -> int:
        reading = asyncio.create_task(Delivered(packed, LIMIT).read())
        turns = 0
        while not reading.done():
            await asyncio.sleep(0)
            turns += 1
        assert len(reading.result()) > 1_000_000
        return turns

    assert asyncio.run(turns_meanwhile()) > 10
