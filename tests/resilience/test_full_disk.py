"""The disk of the local copies is full: updates stop, what is served stays, and everybody is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_servers.waiting import wait_until
from tests.support.api.service_process import running_process
from tests.support.faults.endless_clients import Load
from tests.support.faults.right_answers import BODIES
from tests.support.faults.service_status import COPY_FAILURES, SOURCES, Watch
from tests.support.faults.small_disk import filled

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.faults.fault_matrix import Matrix
    from tests.support.faults.real_servers import Plant


def content(disk: Path) -> dict[Path, bytes]:
    """By path, the files of whole copies, which appear by a rename, and of those that are being made."""
    return {path: path.read_bytes() for path in disk.glob("serving/*/*/*/*") if path.is_file()}


def test_full_disk(plant: Plant, small_disk: Path, matrix: Matrix) -> None:
    with running_process(plant.settings("full disk", local_dir=small_disk)) as process:
        service = Watch(process)
        service.wait_for(plant.champion, plant.publication)
        served, before = service.report(), content(small_disk)
        assert service.value("quantity_local_copy_failing") == 0
        with Load(process.port, BODIES, plant.right) as load:
            with filled(small_disk):
                plant.promote("other")
                plant.publish()
                wait_until(lambda: min(copy_failures(service)) > 0, "both copies have failed to be written")
                load.wait_for_more()

                assert content(small_disk) == before
                report, (status, readiness) = service.report(), service.readiness()
                assert (status, report["version"]) == (200, served["version"])
                assert report["features"]["publication"] == served["features"]["publication"]
                assert service.value("quantity_local_copy_failing") == 1
                for source in SOURCES:
                    assert "No space left" in report["errors"][source]["reason"]
                    assert any(
                        note.startswith(f"{source}: ") and "No space left" in note for note in readiness["notes"]
                    )
                    assert service.lines(f"{source} not loaded")[-1]["level"] == "error"
            service.wait_for(plant.champion, plant.publication)
            assert not before.keys() & content(small_disk).keys()
            assert service.value("quantity_local_copy_failing") == 0
    matrix.add("full disk", load)
    assert load.failures == []


def copy_failures(service: Watch) -> list[float]:
    return [service.metric(COPY_FAILURES, source) for source in SOURCES]
