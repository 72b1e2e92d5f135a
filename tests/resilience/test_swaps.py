"""A hundred champions and a hundred snapshots change under load: each answer is that of one pair of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from typing import TYPE_CHECKING

import numpy as np
import pytest

from local_servers.waiting import wait_until
from tests.support.api.service_process import running_process
from tests.support.faults.endless_clients import Load
from tests.support.faults.right_answers import BODIES
from tests.support.faults.service_status import COPY_FAILURES, FAILURES, RELOADS, SOURCES, Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.faults.fault_matrix import Matrix
    from tests.support.faults.real_servers import Plant

CHANGES = 100
CLIENTS = 2
"""More would take the machine from those who make the changes."""

QUIET_ANSWERS = 1000
ROLLBACKS = 4
"""So many follow each publication."""


@pytest.fixture
def swapping_service(plant: Plant) -> Iterator[Watch]:
    """A service of its own: the counts of what it takes begin at nothing."""
    with running_process(plant.settings("swapping")) as process:
        watch = Watch(process)
        watch.wait_for(plant.champion, plant.publication)
        yield watch


def change_champions(plant: Plant, service: Watch) -> None:
    """Move the alias between two versions; each time the service has taken the one before."""
    versions = [plant.register("good"), plant.register("other")]
    assert plant.right.differ(versions)
    for version in islice(cycle(versions), CHANGES):
        plant.models.promote(version)
        service.wait_for(version)
    plant.champion = version


def change_snapshots(plant: Plant, service: Watch) -> None:
    """Publish and roll back; each time the service has taken the one before."""
    for number in range(CHANGES):
        publication = plant.roll_back() if number % (ROLLBACKS + 1) else plant.publish()
        service.wait_for(publication=publication)


def reloads(service: Watch) -> list[float]:
    return [service.metric(RELOADS, source) for source in SOURCES]


def p99(seconds: list[float]) -> float:
    """In milliseconds."""
    return float(np.quantile(seconds, 0.99)) * 1000


def test_hot_swaps(plant: Plant, swapping_service: Watch, matrix: Matrix) -> None:
    before = reloads(swapping_service)
    with Load(swapping_service.process.port, BODIES, plant.right, CLIENTS) as load:
        load.wait_for_more(QUIET_ANSWERS)
        quiet = load.take_seconds()
        with ThreadPoolExecutor() as pool:
            changes = [pool.submit(change, plant, swapping_service) for change in (change_champions, change_snapshots)]
            for change in changes:
                change.result()
        swapping = load.take_seconds()
    matrix.add(f"{CHANGES} champions and {CHANGES} snapshots", load)
    matrix.figures.append(f"p99 while they changed {p99(swapping):.1f} ms, in quiet {p99(quiet):.1f} ms")

    assert load.failures == []
    expected = [count + CHANGES for count in before]
    wait_until(lambda: reloads(swapping_service) == expected, "each change was loaded once")
    assert [swapping_service.metric(name, source) for name in (FAILURES, COPY_FAILURES) for source in SOURCES] == [
        0
    ] * 4
