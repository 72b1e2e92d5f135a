"""Requests as no library would send them: each is answered, in time, and never with a 500."""

from __future__ import annotations

import codecs
import gzip
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from api.http.connection import MAX_HEADERS, MAX_QUEUED
from api.http.json_documents import InvalidRequest
from tests.support.faults.raw_connection import CONTINUE, RawConnection, head
from tests.support.faults.right_answers import BODIES

if TYPE_CHECKING:
    from tests.support.faults.service_status import Watch

BODY = json.dumps(BODIES["small"]).encode()
PACKED = gzip.compress(BODY)
LARGE = json.dumps(BODIES["large"]).encode()
PING = head(path="/healthcheck/ping", method="GET")
CHUNKED = "Transfer-Encoding: chunked"
MAX_BYTES = 2_000_000
BOMB = gzip.compress(b" " * (MAX_BYTES + 1))


def chunks(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (*pieces, b""))


@dataclass(frozen=True)
class Sent:
    """What is sent, and the status that it must get."""

    name: str
    content: bytes
    status: int


SENT = [
    Sent("chunked", head(None, CHUNKED) + chunks(BODY[:9], BODY[9:]), 200),
    Sent("chunk by chunk of a byte", head(None, CHUNKED) + chunks(*(BODY[i : i + 1] for i in range(len(BODY)))), 200),
    Sent("trailer", head(None, CHUNKED) + chunks(BODY)[:-2] + b"x: y\r\n\r\n", 200),
    Sent("chunk extension", head(None, CHUNKED) + b"%x;a=b\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY), 200),
    Sent("bad chunk length", head(None, CHUNKED) + b"zz\r\n" + BODY, 400),
    Sent("endless chunk length", head(None, CHUNKED) + b"f" * 100 + b"\r\n", 400),
    Sent("negative chunk length", head(None, CHUNKED) + b"-1\r\n", 400),
    Sent("chunk without its end", head(None, CHUNKED) + b"1\r\n{}", 400),
    Sent("chunked and with a length", head(len(BODY), CHUNKED) + chunks(BODY), 400),
    Sent("unknown transfer encoding", head(None, "Transfer-Encoding: zip") + BODY, 400),
    Sent("chunked without an end, too long", head(None, CHUNKED) + chunks(b" " * MAX_BYTES, b" ")[:-5], 413),
    Sent("declared too long", head(MAX_BYTES + 1), 413),
    Sent("declared far too long", head(10**18), 413),
    Sent("longer than any number", head(None, "Content-Length: " + "9" * 30), 400),
    Sent("length negative", head(None, "Content-Length: -1"), 400),
    Sent("length in words", head(None, "Content-Length: ten"), 400),
    Sent("two lengths", head(3, "Content-Length: 4") + b"{}  ", 400),
    Sent("no length", head(), 422),
    Sent("length 0", head(0), 422),
    Sent("gzip", head(len(PACKED), "Content-Encoding: gzip") + PACKED, 200),
    Sent("gzip in chunks", head(None, CHUNKED, "Content-Encoding: gzip") + chunks(PACKED[:9], PACKED[9:]), 200),
    Sent("gzip twice", head(len(PACKED), *["Content-Encoding: gzip"] * 2) + PACKED, 415),
    Sent("gzip that is none", head(len(BODY), "Content-Encoding: gzip") + BODY, 422),
    Sent("gzip without its end", head(len(PACKED) - 1, "Content-Encoding: gzip") + PACKED[:-1], 422),
    Sent("gzip of too much", head(len(BOMB), "Content-Encoding: gzip") + BOMB, 413),
    Sent("unknown content encoding", head(len(BODY), "Content-Encoding: br") + BODY, 415),
    Sent("byte-order mark", head(len(BODY) + 3) + codecs.BOM_UTF8 + BODY, 200),
    Sent("form", head(10, "Content-Type: application/x-www-form-urlencoded") + b"input=%5B5", 422),
    Sent("JSON called text", head(len(BODY), "Content-Type: text/plain") + BODY, 200),
    Sent("content type of garbage", head(len(BODY), "Content-Type: ;;;\xff") + BODY, 200),
    Sent("no host", b"GET /healthcheck/ping HTTP/1.1\r\n\r\n", 200),
    Sent("HTTP/1.0", b"POST /quantity/predict HTTP/1.0\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY), 200),
    Sent("HTTP/0.9", b"GET /healthcheck/ping\r\n\r\n", 200),
    Sent("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    Sent("TLS hello", bytes.fromhex("1603010200010001fc0303") + b"\x00" * 100, 400),
    Sent("line feeds only", b"GET /healthcheck/ping HTTP/1.1\nHost: x\n\n", 400),
    Sent("NUL in a header", b"GET /healthcheck/ping HTTP/1.1\r\nx: a\x00b\r\n\r\n", 400),
    Sent("blank in a header's name", b"GET /healthcheck/ping HTTP/1.1\r\nx y: z\r\n\r\n", 400),
    Sent("folded header", b"GET /healthcheck/ping HTTP/1.1\r\nx: y\r\n z\r\n\r\n", 400),
    Sent("unknown method", head(path="/quantity/predict", method="BREW"), 400),
    Sent("path without slash", head(path="quantity"), 400),
    Sent("path outside", head(path="/../../etc/passwd", method="GET"), 404),
    Sent("path of bad escapes", head(path="/%ff%00%zz", method="GET"), 404),
    Sent("whole address", head(path="http://elsewhere/healthcheck/ping", method="GET"), 200),
    Sent("web socket", head(None, "Upgrade: websocket", "Connection: Upgrade", path="/", method="GET"), 200),
    Sent("other upgrade", head(None, "Upgrade: h2c", "Connection: Upgrade", path="/", method="GET"), 200),
]


@pytest.mark.parametrize("sent", SENT, ids=lambda sent: sent.name)
def test_odd_request(service: Watch, sent: Sent) -> None:
    with RawConnection(service.process.port) as connection:
        connection.send(sent.content)
        answer = connection.answer()

    assert answer.status == sent.status, answer.body
    if answer.status == 422:
        first = InvalidRequest.model_validate_json(answer.body, strict=True).detail[0]
        assert (first.loc[0], bool(first.msg)) == ("body", True)


def test_requests_sent_without_waiting_are_answered_in_their_order(service: Watch) -> None:
    bodies = [json.dumps(body).encode() for body in BODIES.values()] * 5
    alone = []
    with RawConnection(service.process.port) as connection:
        for body in bodies:
            connection.send(head(len(body)) + body)
            alone.append(connection.answer().body)

        connection.send(b"".join(head(len(body)) + body for body in bodies))
        assert [connection.answer().body for _ in bodies] == alone


def test_more_requests_than_may_wait_end_the_connection_after_its_answers(service: Watch) -> None:
    with RawConnection(service.process.port) as connection:
        connection.send(PING * (2 * MAX_QUEUED))
        *answers, last = [connection.answer() for _ in range(1 + MAX_QUEUED)]
        assert {answer.status for answer in (*answers, last)} == {200}
        assert last.headers["connection"] == "close"
        assert connection.is_closed()


def test_what_is_no_request_does_not_overtake_the_answers_before_it(service: Watch) -> None:
    with RawConnection(service.process.port) as connection:
        connection.send(head(len(LARGE)) + LARGE + PING + b"no request\r\n\r\n")
        assert len(json.loads(connection.answer().body)["predictions"]) == len(json.loads(LARGE)["input"])
        last = connection.answer()
        assert (json.loads(last.body)["status"], last.headers["connection"]) == ("ok", "close")
        assert connection.is_closed()


@pytest.mark.parametrize(("lines", "status"), [(MAX_HEADERS, 200), (MAX_HEADERS + 1, 431)])
def test_so_many_header_lines_and_no_more(service: Watch, lines: int, status: int) -> None:
    with RawConnection(service.process.port) as connection:
        connection.send(PING[:-2] + b"a: b\r\n" * (lines - 1) + b"\r\n")
        assert connection.answer().status == status


def test_a_long_body_may_be_followed_by_the_beginning_of_a_request(service: Watch) -> None:
    long, short = BODY.ljust(500_000), head(len(BODY)) + BODY
    with RawConnection(service.process.port) as connection:
        connection.send(head(len(long)) + long + short[:20])
        assert connection.answer().status == 200
        connection.send(short[20:])
        assert connection.answer().status == 200


def test_a_bad_request_does_not_harm_the_next_one_on_its_connection(service: Watch) -> None:
    with RawConnection(service.process.port) as connection:
        for body, status in ((b"{", 422), (BODY, 200), (b"[" * 100_000, 422), (BODY, 200)):
            connection.send(head(len(body)) + body)
            assert connection.answer().status == status


def test_who_asks_first_is_told_to_go_on(service: Watch) -> None:
    with RawConnection(service.process.port) as connection:
        connection.send(head(len(BODY), "Expect: 100-continue"))
        assert connection.answer().status == CONTINUE
        connection.send(BODY)
        assert connection.answer().status == 200


def test_who_asks_first_whether_to_send_too_much_is_told_at_once(service: Watch) -> None:
    with RawConnection(service.process.port) as connection:
        connection.send(head(10**9, "Expect: 100-continue"))
        assert connection.answer().status == 413
