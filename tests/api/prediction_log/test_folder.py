"""Segments of killed writers become ready, those of living ones do not."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from api.prediction_log.folder import OPEN, READY, adopt_orphans, new_segment_id, ready_segments, segment_id_of
from api.prediction_log.open_segment import OpenSegment
from local_servers.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WRITER = """
import sys, time, pathlib
from api.prediction_log.open_segment import OpenSegment
segment = OpenSegment(pathlib.Path(sys.argv[1]))
segment.append(b"answers")
print("written", flush=True)
time.sleep(600)
"""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has an open segment."""
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        yield process
        process.kill()


def test_the_segment_of_a_killed_writer_is_adopted_and_that_of_a_living_one_is_not(
    tmp_path: Path, writer: subprocess.Popen[str]
) -> None:
    (written,) = tmp_path.glob(f"*{OPEN}")
    adopt_orphans(tmp_path)
    assert list(tmp_path.iterdir()) == [written]

    writer.kill()
    writer.wait()
    adopt_orphans(tmp_path)

    (ready,) = ready_segments(tmp_path)
    assert list(tmp_path.iterdir()) == [ready]
    assert segment_id_of(ready) == segment_id_of(written)
    assert ready.read_bytes() == b"answers"


def test_an_orphan_without_a_block_is_removed(tmp_path: Path) -> None:
    (tmp_path / f"{new_segment_id()}{OPEN}").touch()

    adopt_orphans(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_an_orphan_that_cannot_be_opened_holds_up_no_other(tmp_path: Path) -> None:
    (tmp_path / f"1{OPEN}").mkdir()
    (tmp_path / f"2{OPEN}").write_bytes(b"answers")

    adopt_orphans(tmp_path)

    assert [path.name for path in ready_segments(tmp_path)] == [f"2{READY}"]


def test_a_folder_that_is_not_there_has_no_orphans(tmp_path: Path) -> None:
    adopt_orphans(tmp_path / "missing")

    assert ready_segments(tmp_path / "missing") == []


def test_a_new_segment_that_is_taken_for_an_orphan_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its making and its locking another process may look: nothing is written to a file that it ships."""
    lock = fcntl.flock

    def adopted_before(descriptor: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", lock)
        adopt_orphans(tmp_path)
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", adopted_before)

    with pytest.raises(FileNotFoundError):
        OpenSegment(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_ids_rise_with_time_and_differ_at_any_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now)
    at_once = {new_segment_id() for _ in range(100)}
    monkeypatch.setattr(time, "time_ns", lambda: now + 1_000_000)

    assert len(at_once) > 90
    assert max(at_once) < new_segment_id() < 2**63


def test_ready_segments_are_ordered_by_age(tmp_path: Path) -> None:
    made = []
    for _ in range(3):
        segment = OpenSegment(tmp_path)
        segment.append(b"answers")
        (written,) = tmp_path.glob(f"*{OPEN}")
        segment.close()
        made.append(written.with_suffix(READY))
        before = new_segment_id() >> 20
        wait_until(lambda before=before: new_segment_id() >> 20 > before, "a millisecond has passed")  # type: ignore[misc]

    assert ready_segments(tmp_path) == made
