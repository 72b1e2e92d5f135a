"""The process that loads for the service is killed: no request fails, and another one takes its place."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from local_servers.processes import children
from local_servers.waiting import wait_until

if TYPE_CHECKING:
    from tests.support.faults.endless_clients import Load
    from tests.support.faults.real_servers import Plant
    from tests.support.faults.service_status import Watch


def test_loader_killed(plant: Plant, service: Watch, load: Load) -> None:
    (loader,) = children(service.process.process.pid)
    os.kill(loader, signal.SIGKILL)
    load.wait_for_more()

    service.wait_for(plant.promote("other"), plant.publish())
    (another,) = children(service.process.process.pid)
    assert another != loader


def test_loader_killed_while_it_loads(plant: Plant, service: Watch, load: Load) -> None:
    (loader,) = children(service.process.process.pid)
    before = len(service.lines("snapshot loaded"))
    publication = plant.publish()
    os.kill(loader, signal.SIGKILL)
    wait_until(lambda: len(service.lines("snapshot loaded")) > before, "the snapshot is loaded")
    load.wait_for_more()

    service.wait_for(plant.champion, publication)
