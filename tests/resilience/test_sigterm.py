"""SIGTERM under load: whatever the service has begun to answer, it answers."""

from __future__ import annotations

import json
import signal
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.support.api.service_process import running_process
from tests.support.api.small_market import body_of, pairs
from tests.support.faults.endless_clients import PATH, Load
from tests.support.faults.raw_connection import RawConnection, begun, head
from tests.support.faults.right_answers import BODIES
from tests.support.faults.service_status import Watch

if TYPE_CHECKING:
    from tests.support.faults.fault_matrix import Matrix
    from tests.support.faults.real_servers import Plant

MAX_PAIRS = 10_000
LARGEST = json.dumps(body_of((pairs().ordered * (MAX_PAIRS // len(pairs().ordered) + 1))[:MAX_PAIRS])).encode()


HANGING = [
    b"",
    b"POST /quantity/predict HTTP/1.1\r\nHost: x\r\n",
    head(len(LARGEST)) + LARGEST[:100_000],
    head(None, "Transfer-Encoding: chunked") + b"1\r\n \r\n",
    (head(len(LARGEST)) + LARGEST) * 20,
]
"""What is begun by clients who then neither send nor read."""

CONTAINER_SECONDS = 10.0
"""A container is killed after so long."""


def test_sigterm(plant: Plant, matrix: Matrix) -> None:
    with running_process(plant.settings("ended")) as process, ExitStack() as open_connections:
        Watch(process).wait_for(plant.champion, plant.publication)
        with Load(process.port, BODIES, plant.right) as load:
            load.wait_for_more()
            connections = [open_connections.enter_context(begun(process.port, len(LARGEST))) for _ in range(3)]
            unsent, half_sent, sent = connections
            half_sent.send(LARGEST[:100_000])
            sent.send(LARGEST)
            load.ending = True
            process.terminate()
            process.wait_for_messages("Shutting down")
            unsent.send(LARGEST)
            half_sent.send(LARGEST[100_000:])
            answers = [connection.answer() for connection in connections]
            assert all(connection.is_closed() for connection in connections)
            assert process.wait_for_end() == -signal.SIGTERM
    matrix.add("SIGTERM", load)

    assert load.failures == []
    assert [answer.status for answer in answers] == [200] * len(connections)
    assert {len(json.loads(answer.body)["predictions"]) for answer in answers} == {MAX_PAIRS}
    # All that the service answered has arrived.
    answered = [line["status"] for line in process.lines if line.get("path") == PATH]
    assert answered == [200] * (load.answered + len(connections))
    with pytest.raises(ConnectionRefusedError):
        RawConnection(process.port)


def test_whatever_hangs_the_end_comes_in_time(plant: Plant) -> None:
    with running_process(plant.settings("hung")) as process, ExitStack() as open_connections:
        Watch(process).wait_for(plant.champion, plant.publication)
        for hanging in HANGING:
            connection = open_connections.enter_context(RawConnection(process.port))
            if hanging:
                connection.flood(hanging, len(hanging), 0.2)
        half_sent = open_connections.enter_context(begun(process.port, len(LARGEST)))
        told_at = time.monotonic()
        process.terminate()
        answer = half_sent.answer()
        assert process.wait_for_end() == -signal.SIGTERM
        seconds = time.monotonic() - told_at

    assert seconds < CONTAINER_SECONDS
    assert (answer.status, json.loads(answer.body)["detail"]) == (503, "the service is being stopped")
    assert [line for line in process.lines if line["level"] == "error"] == []
