"""The database is killed or silent while predictions are logged: in the end each answer is in the table, once."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from local_servers.processes import children
from local_servers.waiting import wait_until
from tests.support.api.service_process import running_process
from tests.support.faults.named_requests import Asker, logged
from tests.support.faults.service_status import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tests.support.faults.mortal_database import MortalDatabase
    from tests.support.faults.real_servers import Plant

SECONDS = 90.0


@contextmanager
def killed(database: MortalDatabase) -> Iterator[None]:
    database.kill()
    try:
        yield
    finally:
        database.start()


@contextmanager
def silent(database: MortalDatabase) -> Iterator[None]:
    with database.silent():
        yield


@pytest.mark.parametrize("fault", [killed, silent], ids=["killed", "silent"])
def test_answers_of_an_outage_are_logged_once_when_the_database_is_back(
    plant: Plant, fault: Callable[[MortalDatabase], AbstractContextManager[None]], request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    with running_process(plant.settings(f"shipping-{name}", prediction_log_share=1.0)) as process:
        watch, asker = Watch(process), Asker(process, name)
        watch.wait_for(plant.champion, plant.publication)
        asker.ask(10)

        with fault(plant.database):
            asker.ask(20)
            wait_until(lambda: watch.value("quantity_log_failing") == 1, "it is told", SECONDS)
            assert watch.readiness()[0] == 200
            assert any(note.startswith("prediction log: ") for note in watch.readiness()[1]["notes"])
            assert watch.value("quantity_log_waiting_bytes") > 0
            for loader in children(process.process.pid):
                os.kill(loader, signal.SIGKILL)
            asker.ask(10)

        wait_until(lambda: logged(plant, name) == asker.answered, "all answers are in the table", SECONDS)
        assert sum(asker.answered.values()) == watch.value("quantity_logged_pairs_total")
        wait_until(lambda: watch.value("quantity_log_failing") == 0, "nothing fails", SECONDS)
        wait_until(lambda: watch.value("quantity_log_waiting_bytes") == 0, "nothing waits", SECONDS)
        assert logged(plant, name) == asker.answered
