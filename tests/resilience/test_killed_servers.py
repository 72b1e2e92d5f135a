"""The database and the registry are killed, one by one and both at once: no request fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.loading.local_copy import LocalCopies, copies_folder
from local_servers.waiting import wait_until
from tests.support.api.service_process import running_process
from tests.support.faults.endless_clients import Load
from tests.support.faults.right_answers import BODIES
from tests.support.faults.service_status import SOURCES, Watch

if TYPE_CHECKING:
    from tests.support.faults.fault_matrix import Matrix
    from tests.support.faults.real_servers import Plant


def test_database_killed_and_restarted(plant: Plant, service: Watch, load: Load) -> None:
    plant.database.kill()
    try:
        service.wait_until_failing("snapshot")
        load.wait_for_more()
        assert service.readiness()[0] == 200
    finally:
        plant.database.start()

    service.wait_for(plant.champion, plant.publish())


def test_registry_killed_and_restarted(plant: Plant, service: Watch, load: Load) -> None:
    plant.registry.kill()
    try:
        service.wait_until_failing("model")
        load.wait_for_more()
        assert service.readiness()[0] == 200
    finally:
        plant.registry.start()

    service.wait_for(plant.promote("other"), plant.publication)


def test_both_killed_and_a_service_started_without_them(
    plant: Plant, service: Watch, load: Load, matrix: Matrix
) -> None:
    settings = plant.settings("restarted")
    copies = LocalCopies(copies_folder(settings))
    with running_process(settings) as process:
        Watch(process).wait_for(plant.champion, plant.publication)
        assert all(copies.part(source) for source in SOURCES)
    plant.database.kill()
    plant.registry.kill()
    try:
        with running_process(settings) as process:
            restarted = Watch(process)
            process.wait_for_messages("model in service", "snapshot in service")
            with Load(process.port, BODIES, plant.right) as on_the_copy:
                on_the_copy.wait_for_more()
                status, readiness = restarted.readiness()
                assert status == 200
                assert "the model is served from the local copy" in readiness["notes"]
                assert "the features are served from the local copy" in readiness["notes"]
                service.wait_until_failing("model")
                service.wait_until_failing("snapshot")
                load.wait_for_more()

                plant.database.start()
                plant.registry.start()
                version, publication = plant.promote("good"), plant.publish()
                for watch in (service, restarted):
                    watch.wait_for(version, publication)
                on_the_copy.wait_for_more()
                # What was logged meanwhile is shipped again within half a minute.
                wait_until(lambda: restarted.readiness()[1]["notes"] == [], "nothing is failing any more")
            matrix.add("started while both are down", on_the_copy)
            assert on_the_copy.failures == []
    finally:
        plant.database.start()
        plant.registry.start()
