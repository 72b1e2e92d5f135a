"""The disk of the local copies is full: new versions are served all the same, and the old copies stay whole."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from itertools import repeat
from typing import TYPE_CHECKING

import pytest

from local_servers.waiting import wait_until
from tests.support.api.service_process import running_process
from tests.support.faults.endless_clients import Load
from tests.support.faults.right_answers import BODIES
from tests.support.faults.service_status import COPY_FAILURES, SOURCES, Watch
from tests.support.required import missing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.faults.fault_matrix import Matrix
    from tests.support.faults.real_servers import Plant

BYTES = 20_000_000
BLOCK = b"\0" * 4096


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of `BYTES`."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={BYTES}", "tmpfs", str(disk)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        missing(f"no file system can be mounted here ({done.stderr.strip()})", "run as root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """The disk without a byte to spare."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        file.writelines(repeat(BLOCK))
    yield
    ballast.unlink()


def copies_in(disk: Path) -> list[Path]:
    """The folders of whole copies, which appear by a rename, and of those that are being made."""
    return [path for path in disk.glob("serving/*/*/*") if path.is_dir()]


def are_whole(folders: list[Path]) -> bool:
    """Whether there is a copy of each source, and none is being made."""
    return len(folders) == len(SOURCES) and all(folder.name.isdigit() for folder in folders)


def content(folders: list[Path]) -> dict[Path, bytes]:
    return {path: path.read_bytes() for folder in folders for path in folder.iterdir()}


def test_full_disk(plant: Plant, small_disk: Path, matrix: Matrix) -> None:
    with running_process(plant.settings("full disk", local_dir=small_disk)) as process:
        service = Watch(process)
        service.wait_for(plant.champion, plant.publication)
        wait_until(lambda: are_whole(copies_in(small_disk)), "both copies are written")
        before = content(copies_in(small_disk))
        with Load(process.port, BODIES, plant.right) as load:
            with filled(small_disk):
                service.wait_for(plant.promote("other"), plant.publish())
                wait_until(lambda: copy_failures(service) == [1, 1], "both copies have failed to be written")
                load.wait_for_more()
                assert content(copies_in(small_disk)) == before
                for source in SOURCES:
                    (line,) = service.lines(f"{source} local copy not written")
                    assert (line["level"], "No space left" in line["reason"]) == ("error", True)
            service.wait_for(plant.promote("good"), plant.publish())
            wait_until(lambda: not before.keys() & content(copies_in(small_disk)).keys(), "both copies are renewed")
            assert copy_failures(service) == [1, 1]
    matrix.add("full disk", load)
    assert load.failures == []


def copy_failures(service: Watch) -> list[float]:
    return [service.metric(COPY_FAILURES, source) for source in SOURCES]
