"""Whatever one client sends, and does not read, it costs the service little memory."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.support.api.small_market import body_of, pairs
from tests.support.faults.process_memory import MIB, forget_peak, peak
from tests.support.faults.raw_connection import RawConnection, head
from tests.support.faults.right_answers import BODIES

if TYPE_CHECKING:
    from tests.support.faults.endless_clients import Load
    from tests.support.faults.service_status import Watch

SENT_BYTES = 60 * MIB
ALLOWED_BYTES = 24 * MIB
"""The largest request, read and answered, takes some 10 MiB; a read from the network is of up to 250 KB."""

CHUNKED = "Transfer-Encoding: chunked"
PING = head(path="/healthcheck/ping", method="GET")
LARGEST = json.dumps(body_of((pairs().ordered * 100)[:10_000])).encode()
SMALL = json.dumps(BODIES["small"]).encode()


@dataclass(frozen=True)
class Flood:
    """A beginning, and what follows it without end."""

    name: str
    begin: bytes
    piece: bytes


FLOODS = [
    Flood("header lines", b"GET / HTTP/1.1\r\n", b"a:b\r\n"),
    Flood("a header's value", b"GET / HTTP/1.1\r\nx: ", b"y"),
    Flood("empty lines", b"", b"\r\n"),
    Flood("trailers", head(None, CHUNKED) + b"1\r\n \r\n0\r\n", b"a:b\r\n"),
    Flood("trailers of an answered request", head(None, CHUNKED, path="/", method="GET") + b"0\r\n", b"a:b\r\n"),
    Flood("trailers of request after request", b"", head(None, CHUNKED) + b"0\r\n" + b"a:b\r\n" * 10_000 + b"\r\n"),
    Flood("a chunk's extension", head(None, CHUNKED) + b"1;", b"x"),
    Flood("chunks of a byte", head(None, CHUNKED), b"1\r\n \r\n"),
    Flood("chunks with extensions", head(None, CHUNKED), b"1;" + b"x" * 10_000 + b"\r\n \r\n"),
    Flood("requests", b"", PING),
    Flood("requests behind a large one", head(len(LARGEST)) + LARGEST, PING),
    Flood("requests with many headers", b"", PING[:-2] + b"a:b\r\n" * 90 + b"\r\n"),
    Flood("requests that ask first", b"", head(len(SMALL), "Expect: 100-continue") + SMALL),
    Flood("largest requests", b"", head(len(LARGEST)) + LARGEST),
    Flood("a body that was refused", head(10**12), b"x"),
    Flood("a body behind a large request", head(len(LARGEST)) + LARGEST + head(10**12), b"x"),
    Flood("a body that nobody wants", head(10**12, path="/healthcheck/ping", method="GET"), b"x"),
]


@pytest.mark.parametrize("flood", FLOODS, ids=lambda flood: flood.name)
def test_flood(service: Watch, load: Load, flood: Flood) -> None:
    pid = service.process.process.pid
    before = forget_peak(pid)
    with RawConnection(service.process.port) as connection:
        connection.send(flood.begin)
        connection.flood(flood.piece, SENT_BYTES)
        load.wait_for_more()
        grown = peak(pid) - before

    assert grown < ALLOWED_BYTES, f"{grown / MIB:.0f} MiB"
