"""More slow clients than the service has room for, and little memory: others are answered, and nothing dies."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from itertools import cycle, islice
from typing import TYPE_CHECKING

from api.http.server import allow_files
from local_servers.waiting import wait_until
from tests.support.api.service_process import running_process
from tests.support.api.small_market import body_of, pairs
from tests.support.faults.endless_clients import Load
from tests.support.faults.process_memory import MIB, forget_peak, peak
from tests.support.faults.raw_connection import RawConnection, head
from tests.support.faults.right_answers import BODIES
from tests.support.faults.service_status import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.support.faults.fault_matrix import Matrix
    from tests.support.faults.real_servers import Plant

MANY = 1500
MEMORY = 2048 * MIB
ALLOWED_BYTES = 400 * MIB

CHUNKED = "Transfer-Encoding: chunked"
LARGEST = json.dumps(body_of((pairs().ordered * 100)[:10_000])).encode()
SMALL = json.dumps(BODIES["small"]).encode()
ALMOST = 1_900_000
HEAD = b"POST /quantity/predict HTTP/1.1\r\nHost: x\r\n"

ASKED = [
    *(head(path=path, method="GET") for path in ("/healthcheck/ping", "/healthcheck/ready", "/metrics")),
    head(len(SMALL)) + SMALL,
]
"""What clients ask who connect when all those slow ones are there."""

BEGINNINGS = {
    "nothing": b"",
    "half a head": HEAD,
    "many headers": HEAD + b"a:b\r\n" * 90,
    "a long header": HEAD + b"x: " + b"y" * 60_000,
    "half a body": head(ALMOST + 1) + b" " * ALMOST,
    "half a body in chunks": head(None, CHUNKED) + b"%x\r\n" % (ALMOST + 1) + b" " * ALMOST,
    "trailers": head(None, CHUNKED) + b"1\r\n \r\n0\r\n" + b"a:b\r\n" * 10_000,
    "answers that nobody reads": (head(len(LARGEST)) + LARGEST) * 4,
}


@contextmanager
def slow_clients(port: int, beginnings: Sequence[bytes], count: int) -> Iterator[None]:
    """Clients that begin and then leave their connections open."""
    with ExitStack() as stack:
        for beginning in islice(cycle(beginnings), count):
            connection = stack.enter_context(RawConnection(port))
            if beginning:
                connection.flood(beginning, len(beginning), 0.05)
        yield


def status_of_newcomer(port: int, request: bytes) -> int:
    with RawConnection(port) as connection:
        connection.send(request)
        return connection.answer().status


def test_many_slow_clients(plant: Plant, matrix: Matrix) -> None:
    allow_files(2 * MANY)
    arguments = "prlimit", f"--data={MEMORY}"
    with running_process(plant.settings("crowded"), None, *arguments) as process, ExitStack() as stack:
        watch = Watch(process)
        watch.wait_for(plant.champion, plant.publication)
        before = forget_peak(process.process.pid)
        small = {name: body for name, body in BODIES.items() if name != "large"}
        load = stack.enter_context(Load(process.port, small, plant.right))
        stack.enter_context(slow_clients(process.port, list(BEGINNINGS.values()), MANY))
        load.wait_for_more(100)
        assert [status_of_newcomer(process.port, request) for request in ASKED] == [200] * len(ASKED)
        # Large ones are answered once slow ones have had their time.
        large = head(len(LARGEST)) + LARGEST
        wait_until(lambda: status_of_newcomer(process.port, large) == 200, "a large request is answered")
        grown = peak(process.process.pid) - before
        assert process.process.poll() is None
    matrix.add(f"{MANY} slow clients, 2 GiB", load)
    assert load.failures == []
    assert grown < ALLOWED_BYTES, f"{grown / MIB:.0f} MiB"
