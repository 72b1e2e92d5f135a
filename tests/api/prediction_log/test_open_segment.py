"""The life of a segment, on disks of all kinds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from api.prediction_log.folder import OPEN, adopt_orphans, ready_segments
from api.prediction_log.open_segment import SEGMENT_BYTES, SEGMENT_SECONDS, OpenSegment
from tests.support.api.clock import Clock
from tests.support.faults.small_files import files_of_at_most

if TYPE_CHECKING:
    from pathlib import Path


def test_a_segment_is_open_until_it_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "on the way"
    segment = OpenSegment(folder)
    segment.append(b"one")
    segment.append(b"two")

    (written,) = folder.iterdir()
    assert (written.suffix, written.read_bytes()) == (OPEN, b"onetwo")
    assert ready_segments(folder) == []

    segment.close()
    (ready,) = ready_segments(folder)
    assert list(folder.iterdir()) == [ready]
    assert ready.read_bytes() == b"onetwo"


def test_what_is_half_written_is_cut_off_and_the_rest_may_follow(tmp_path: Path) -> None:
    segment = OpenSegment(tmp_path)
    segment.append(b"a" * 60)

    with files_of_at_most(100), pytest.raises(OSError, match="File too large"):
        segment.append(b"b" * 60)
    (written,) = tmp_path.iterdir()
    assert written.read_bytes() == b"a" * 60

    segment.append(b"c" * 60)
    assert written.read_bytes() == b"a" * 60 + b"c" * 60


def test_a_segment_without_a_block_leaves_nothing(tmp_path: Path) -> None:
    OpenSegment(tmp_path).close()

    assert list(tmp_path.iterdir()) == []


def test_a_segment_is_due_when_it_is_old_or_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    young, large = OpenSegment(tmp_path), OpenSegment(tmp_path)
    young.append(b"x")
    large.append(b"x" * SEGMENT_BYTES)

    assert (young.is_due, large.is_due) == (False, True)
    clock.now += SEGMENT_SECONDS
    assert young.is_due
    for segment in (young, large):
        segment.close()


def test_a_segment_that_cannot_be_closed_is_an_orphan(tmp_path: Path) -> None:
    segment = OpenSegment(tmp_path)
    segment.append(b"answers")
    (written,) = tmp_path.iterdir()
    obstacle = written.with_suffix(".ready")
    obstacle.mkdir()

    with pytest.raises(OSError, match="directory"):
        segment.close()
    obstacle.rmdir()
    adopt_orphans(tmp_path)

    assert [path.read_bytes() for path in ready_segments(tmp_path)] == [b"answers"]


def test_a_file_in_the_folders_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "log").touch()

    with pytest.raises(FileExistsError):
        OpenSegment(tmp_path / "log")
