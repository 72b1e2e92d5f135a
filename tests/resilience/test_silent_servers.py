"""The database or the registry accepts connections and says nothing: reloads wait, and nothing else does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from local_servers.waiting import wait_until
from tests.support.api.service_process import Process, running_process
from tests.support.faults.endless_clients import PATH, Load
from tests.support.faults.right_answers import BODIES
from tests.support.faults.service_status import Watch

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from quantity.settings import Settings
    from tests.support.faults.fault_matrix import Matrix
    from tests.support.faults.real_servers import Plant

AGE = "quantity_source_last_look_age_seconds"
RESTART_SECONDS = 15.0
"""So long a restart beside silent servers may take until it serves the local copy."""


def silence(plant: Plant, source: str) -> AbstractContextManager[None]:
    return plant.database.silent() if source == "snapshot" else plant.registry.silent()


@pytest.fixture
def settings_with_a_copy(plant: Plant, request: pytest.FixtureRequest) -> Settings:
    """Settings of a service that has run before."""
    settings = plant.settings(request.node.name)
    with running_process(settings) as process:
        Watch(process).wait_for(plant.champion, plant.publication)
    return settings


@pytest.mark.parametrize("source", ["model", "snapshot"])
def test_silent_source(plant: Plant, service: Watch, load: Load, source: str) -> None:
    starts = service.value("quantity_loader_starts_total")
    assert service.value("quantity_reload_failing", source=source) == 0
    with silence(plant, source):
        service.wait_until_failing(source)
        load.wait_for_more()
        first = service.metric(AGE, source)
        wait_until(lambda: service.metric(AGE, source) > first, "the age of the last look grows")

        status, readiness = service.readiness()
        assert (status, service.value("quantity_reload_failing", source=source)) == (200, 1)
        assert any(note.startswith(f"{source}: ") for note in readiness["notes"])

    service.wait_for(plant.promote("other"), plant.publish())
    assert service.metric(AGE, source) < first
    assert service.value("quantity_loader_starts_total") == starts, "time-outs suffice"


@pytest.mark.parametrize("source", ["model", "snapshot"])
def test_restart_beside_a_silent_source(
    plant: Plant, settings_with_a_copy: Settings, matrix: Matrix, source: str
) -> None:
    with silence(plant, source):
        started = time.monotonic()
        with running_process(settings_with_a_copy) as process:
            wait_until(lambda: is_ready(process), "the local copy is served")
            seconds = time.monotonic() - started
            with Load(process.port, BODIES, plant.right) as load:
                load.wait_for_more()
    matrix.add(f"started beside a silent source of the {source}", load)
    matrix.figures.append(f"ready beside a silent source of the {source} after {seconds:.1f} s")

    assert seconds < RESTART_SECONDS
    assert load.failures == []


def is_ready(process: Process) -> bool:
    return (
        process.client.get("/healthcheck/ready").is_success
        and process.client.post(PATH, json=BODIES["small"]).is_success
    )
