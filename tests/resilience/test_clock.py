"""The wall clock jumps while the service runs: only what is about the date changes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.api.service_process import running_process
from tests.support.faults.endless_clients import PATH, Load
from tests.support.faults.right_answers import BODIES
from tests.support.faults.service_status import Watch
from tests.support.required import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.faults.fault_matrix import Matrix
    from tests.support.faults.real_servers import Plant

LIBRARY = "libfaketimeMT.so.1"
WITHOUT_DATE = {"input": [{"store_id": 1, "product_id": 101}]}


class WallClock:
    """The clock that a process sees if it has these `variables`; its steady clock is the machine's."""

    def __init__(self, folder: Path, library: Path) -> None:
        self._file = folder / "offset"
        self.variables = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",  # the times of files stay: else everything is compiled anew
        }
        self.jump_to(0)

    def jump_to(self, days: int) -> None:
        """Be so many days ahead of the machine's clock from now on."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{days:+}d\n")
        new.replace(self._file)


@pytest.fixture(scope="module")
def wall_clock(tmp_path_factory: pytest.TempPathFactory) -> WallClock:
    """A clock, made by libfaketime."""
    library = next(Path("/usr/lib").glob(f"**/faketime/{LIBRARY}"), None)
    if library is None:
        missing(f"{LIBRARY} is not installed", "apt-get install faketime")
    return WallClock(tmp_path_factory.mktemp("clock"), library)


@pytest.fixture(scope="module")
def timed_service(plant: Plant, wall_clock: WallClock) -> Iterator[Watch]:
    """A service that sees that clock."""
    with running_process(plant.settings("timed"), wall_clock.variables) as process:
        watch = Watch(process)
        watch.wait_for(plant.champion, plant.publication)
        yield watch


def today(days: int) -> dt.date:
    return dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)


@pytest.mark.parametrize("days", [400, -400, 0])
def test_clock_jumps(plant: Plant, timed_service: Watch, wall_clock: WallClock, matrix: Matrix, days: int) -> None:
    process = timed_service.process
    with Load(process.port, BODIES, plant.right) as load:
        load.wait_for_more()
        wall_clock.jump_to(days)
        load.wait_for_more()

        earliest = today(days)
        answer = process.client.post(PATH, json=WITHOUT_DATE).json()
        assert earliest <= dt.date.fromisoformat(answer["date"]) <= today(days)
        timed_service.wait_for(plant.promote("other" if days else "good"), plant.publish())
        load.wait_for_more()
    matrix.add(f"clock jumps to {days:+} days", load)
    assert load.failures == []
    assert negative_durations(timed_service) == []


def negative_durations(service: Watch) -> list[str]:
    """The series of durations that are less than nothing."""
    samples = [sample for family in service.families() for sample in family.samples]
    of_durations = [sample for sample in samples if "duration" in sample.name]
    assert of_durations
    return [str(sample) for sample in of_durations if sample.value < 0 and not sample.name.endswith("_created")]
