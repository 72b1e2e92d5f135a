"""SIGTERM under load: whatever the service has begun to answer, it answers."""

from __future__ import annotations

import json
import signal
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.support.api.service_process import running_process
from tests.support.api.small_market import body_of, pairs
from tests.support.faults.endless_clients import PATH, Load
from tests.support.faults.raw_connection import CONTINUE, RawConnection, head
from tests.support.faults.right_answers import BODIES
from tests.support.faults.service_status import Watch

if TYPE_CHECKING:
    from tests.support.faults.fault_matrix import Matrix
    from tests.support.faults.real_servers import Plant

MAX_PAIRS = 10_000
LARGEST = json.dumps(body_of((pairs().ordered * (MAX_PAIRS // len(pairs().ordered) + 1))[:MAX_PAIRS])).encode()


def begun(port: int) -> RawConnection:
    """A request that the service has begun to read, for it has asked for the body."""
    connection = RawConnection(port)
    connection.send(head(len(LARGEST), "Expect: 100-continue"))
    assert connection.answer().status == CONTINUE
    return connection


def test_sigterm(plant: Plant, matrix: Matrix) -> None:
    with running_process(plant.settings("ended")) as process, ExitStack() as open_connections:
        Watch(process).wait_for(plant.champion, plant.publication)
        with Load(process.port, BODIES, plant.right) as load:
            load.wait_for_more()
            connections = [open_connections.enter_context(begun(process.port)) for _ in range(3)]
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
