"""The alias is taken away: the model goes out of service, and no restart brings it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

from local_servers.waiting import wait_until
from tests.support.api.embedded_servers import LiveRegistry
from tests.support.api.service_process import Process, running_process
from tests.support.faults.endless_clients import PATH
from tests.support.faults.right_answers import BODIES
from tests.support.faults.service_status import Watch

if TYPE_CHECKING:
    from quantity.settings import Settings
    from tests.support.faults.real_servers import Plant


@pytest.fixture
def own_settings(plant: Plant, request: pytest.FixtureRequest) -> Settings:
    """Settings of a service with a model of its own."""
    return plant.settings(request.node.name, model_name=request.node.name)


@pytest.fixture
def own_registry(plant: Plant, own_settings: Settings) -> LiveRegistry:
    """That model, whose version 1 has the alias."""
    registry = LiveRegistry(own_settings, plant.logged)
    registry.promote(registry.register("good"))
    return registry


def answer_of(process: Process) -> httpx2.Response:
    return process.client.post(PATH, json=BODIES["small"])


def statuses_until_it_has_looked(process: Process) -> set[int]:
    """The statuses of all answers until the loader has looked at the registry."""
    statuses: set[int] = set()

    def has_looked() -> bool:
        statuses.add(answer_of(process).status_code)
        return "model" in Watch(process).report()["errors"]

    wait_until(has_looked, "the loader has looked")
    return statuses | {answer_of(process).status_code}


def test_removed_alias(plant: Plant, own_settings: Settings, own_registry: LiveRegistry) -> None:
    with running_process(own_settings) as process:
        Watch(process).wait_for("1", plant.publication)
        assert answer_of(process).is_success

        own_registry.remove_alias()
        wait_until(lambda: answer_of(process).status_code == httpx2.codes.SERVICE_UNAVAILABLE, "it is out of service")
        assert "has the alias" in answer_of(process).json()["detail"]
        assert Watch(process).report()["features"]["publication"] == plant.publication

    with running_process(own_settings) as process:
        assert statuses_until_it_has_looked(process) == {httpx2.codes.SERVICE_UNAVAILABLE}

        own_registry.promote("1")
        Watch(process).wait_for("1", plant.publication)
        assert answer_of(process).is_success


def test_removed_alias_while_the_service_is_down(
    plant: Plant, own_settings: Settings, own_registry: LiveRegistry
) -> None:
    with running_process(own_settings) as process:
        Watch(process).wait_for("1", plant.publication)
    own_registry.remove_alias()

    with running_process(own_settings) as process:
        assert statuses_until_it_has_looked(process) == {httpx2.codes.SERVICE_UNAVAILABLE}
