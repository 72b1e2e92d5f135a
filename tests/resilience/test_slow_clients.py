"""Clients that send too slowly, too much or nothing: they are refused, and hold nobody up."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack, contextmanager
from itertools import cycle, islice
from typing import TYPE_CHECKING

import pytest

from api.http.connection import MAX_HEAD_BYTES
from tests.support.api.service_process import running_process
from tests.support.faults.endless_clients import Load
from tests.support.faults.raw_connection import RawConnection, head
from tests.support.faults.right_answers import BODIES
from tests.support.faults.service_status import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.faults.fault_matrix import Matrix
    from tests.support.faults.real_servers import Plant

READ_SECONDS = 0.5
MANY = 200
BODY = json.dumps(BODIES["small"]).encode()
LONG = 20 * MAX_HEAD_BYTES


@pytest.fixture(scope="module")
def impatient_service(plant: Plant) -> Iterator[Watch]:
    """A service that waits for half a second."""
    with running_process(plant.settings("impatient", api_read_seconds=READ_SECONDS)) as process:
        watch = Watch(process)
        watch.wait_for(plant.champion, plant.publication)
        yield watch


@contextmanager
def trickling(connection: RawConnection, piece: bytes) -> Iterator[None]:
    """Bytes that keep coming, as long as the connection takes them."""
    stop = threading.Event()

    def send() -> None:
        while not stop.wait(READ_SECONDS / 10):
            try:
                connection.send(piece)
            except OSError:
                return

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


STALLED = {
    "head": (b"POST /quantity/predict HTTP/1.1\r\nHost: x\r\n", b"x: y\r\n"),
    "request line": (b"GET /", b"x"),
    "body": (head(10_000), b" "),
    "chunked body": (head(None, "Transfer-Encoding: chunked"), b"1\r\n \r\n"),
    "chunk": (head(None, "Transfer-Encoding: chunked") + b"ffff\r\n", b" "),
    "chunk extension": (head(None, "Transfer-Encoding: chunked") + b"1;x=", b"y"),
    "trailer": (head(None, "Transfer-Encoding: chunked") + b"1\r\n \r\n0\r\nx: ", b"y"),
}


@pytest.mark.parametrize("keeps_sending", [True, False], ids=["trickles", "stops"])
@pytest.mark.parametrize("what", STALLED)
def test_a_request_that_does_not_come_to_its_end_is_a_408(
    impatient_service: Watch, what: str, *, keeps_sending: bool
) -> None:
    first, piece = STALLED[what]
    with RawConnection(impatient_service.process.port) as connection:
        connection.send(first)
        with trickling(connection, piece) if keeps_sending else ExitStack():
            answer = connection.answer()

        assert answer.status == 408
        assert answer.headers["connection"] == "close"
        assert "did not arrive within 0.5 seconds" in json.loads(answer.body)["detail"]
        assert connection.is_closed()


def test_a_connection_without_a_request_is_closed(impatient_service: Watch) -> None:
    with RawConnection(impatient_service.process.port) as connection:
        assert connection.is_closed()


def test_what_follows_an_answer_is_not_read_for_ever(impatient_service: Watch) -> None:
    with RawConnection(impatient_service.process.port) as connection:
        connection.send(head(10**12))
        with trickling(connection, b"x"):
            assert connection.answer().status == 413
            assert connection.is_closed()


def test_a_patient_client_is_answered_again_and_again(impatient_service: Watch) -> None:
    with RawConnection(impatient_service.process.port) as connection:
        for _ in range(5):
            connection.send(head(len(BODY)) + BODY)
            assert connection.answer().status == 200
            threading.Event().wait(READ_SECONDS)


@pytest.mark.parametrize(
    "long",
    [
        b"GET /" + b"x" * LONG,
        b"GET / HTTP/1.1\r\nx: " + b"y" * LONG,
        b"GET / HTTP/1.1\r\n" + b"y" * LONG,
        b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * (LONG // 6),
    ],
    ids=["path", "value", "name", "number of lines"],
)
def test_a_head_without_end_is_a_431(impatient_service: Watch, long: bytes) -> None:
    with RawConnection(impatient_service.process.port) as connection:
        connection.send_as_much_as_is_taken(long)
        answer = connection.answer()

        assert answer.status == 431
        assert json.loads(answer.body)["detail"]
        assert connection.is_closed()


def test_many_slow_connections_hold_nobody_up(service: Watch, plant: Plant, matrix: Matrix) -> None:
    """They are as patient as can be: the service has its usual limits."""
    beginnings = [b"", *(first for first, _ in STALLED.values())]
    with ExitStack() as stalled:
        for beginning in islice(cycle(beginnings), MANY):
            stalled.enter_context(RawConnection(service.process.port)).send(beginning)
        with Load(service.process.port, BODIES, plant.right) as load:
            load.wait_for_more(200)
    matrix.add(f"{MANY} slow connections", load)
    assert load.failures == []
