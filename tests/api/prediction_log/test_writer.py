"""The writer writes every block once and in order, whatever the disk does, or counts it as lost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.prediction_log.blocks import Encoded, encoded_blocks
from api.prediction_log.folder import OPEN, READY
from api.prediction_log.open_segment import SEGMENT_SECONDS
from api.prediction_log.writer import Writer
from tests.support.api.clock import Clock
from tests.support.api.logged_pairs import answered, logged_pairs, pairs_of, taken
from tests.support.faults.small_files import files_of_at_most

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ANSWERS = [answered() for _ in range(12)]
BLOCKS = [block for answers in ANSWERS for block in encoded_blocks(taken([answers]), 1, "champion")]
SIZE = max(len(block.content) for block in BLOCKS)
PAIRS = 3


def is_logged(folder: Path, *numbers: int) -> bool:
    """Whether the segments hold just these answers, in this order."""
    return logged_pairs(folder) == pairs_of(ANSWERS[number] for number in numbers)


def suffixes(folder: Path) -> list[str]:
    return sorted(path.suffix for path in folder.iterdir())


def test_blocks_go_into_one_segment_until_it_is_due(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    writer = Writer(tmp_path)
    for block in BLOCKS[:2]:
        writer.write(block)
        writer.tend()
    assert suffixes(tmp_path) == [OPEN]

    clock.now += SEGMENT_SECONDS
    writer.tend()
    assert suffixes(tmp_path) == [READY]

    writer.write(BLOCKS[2])
    assert suffixes(tmp_path) == [OPEN, READY]
    writer.end()
    assert suffixes(tmp_path) == [READY, READY]
    assert sorted(logged_pairs(tmp_path)) == sorted(pairs_of(ANSWERS[:3]))
    assert (writer.logged_pairs, writer.lost_pairs) == (3 * PAIRS, 0)


def test_without_a_block_there_is_no_segment(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "folder")
    writer.tend()
    writer.end()

    assert list(tmp_path.iterdir()) == []


def test_what_a_full_disk_does_not_take_waits_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "api")
    writer = Writer(tmp_path)
    writer.write(BLOCKS[0])
    with files_of_at_most(SIZE + SIZE // 2):
        for block in BLOCKS[1:4]:
            writer.write(block)
            writer.tend()
    assert is_logged(tmp_path, 0)
    assert (writer.logged_pairs, writer.lost_pairs) == (PAIRS, 0)

    writer.tend()

    assert is_logged(tmp_path, 0, 1, 2, 3)
    assert (writer.logged_pairs, writer.lost_pairs) == (4 * PAIRS, 0)
    assert [record.message for record in caplog.records] == ["predictions not logged", "predictions logged again"]
    writer.end()


def test_of_too_much_that_waits_the_oldest_is_lost_and_counted(tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    writer = Writer(tmp_path / "log", most_waiting_bytes=3 * SIZE)
    for block in BLOCKS[:5]:
        writer.write(block)
    assert (writer.logged_pairs, writer.lost_pairs) == (0, 2 * PAIRS)

    (tmp_path / "log").unlink()
    writer.tend()

    assert is_logged(tmp_path / "log", 2, 3, 4)
    assert (writer.logged_pairs, writer.lost_pairs) == (3 * PAIRS, 2 * PAIRS)
    writer.end()


def test_what_still_waits_at_the_end_is_lost_and_counted(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    writer.write(BLOCKS[0])
    with files_of_at_most(SIZE):
        writer.write(BLOCKS[1])
        writer.end()

    assert is_logged(tmp_path, 0)
    assert suffixes(tmp_path) == [READY]
    assert (writer.logged_pairs, writer.lost_pairs) == (PAIRS, PAIRS)


def test_a_segment_that_cannot_be_closed_holds_up_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    writer = Writer(tmp_path)
    writer.write(BLOCKS[0])
    (first,) = tmp_path.iterdir()
    first.with_suffix(READY).mkdir()
    writer.end()
    assert "predictions not logged" in caplog.text

    writer.write(BLOCKS[1])
    writer.tend()
    writer.end()

    first.with_suffix(READY).rmdir()
    assert sorted(logged_pairs(tmp_path)) == sorted(pairs_of(ANSWERS[:2]))
    assert (writer.logged_pairs, writer.lost_pairs) == (2 * PAIRS, 0)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 5)), max_size=len(BLOCKS)))
def test_each_pair_is_logged_or_lost_and_segments_hold_those_that_are_logged(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[bool, bool, int]]
) -> None:
    """Property: blocks on a disk that has room for so many of them, while it has any."""
    folder = tmp_path_factory.mktemp("log")
    writer = Writer(folder, most_waiting_bytes=3 * SIZE)
    for block, (is_tended, has_room, room) in zip(BLOCKS, steps, strict=False):
        with files_of_at_most(SIZE * len(BLOCKS) if has_room else SIZE * room // 2):
            _write(writer, block, is_tended=is_tended)
    with files_of_at_most(0):
        writer.end()

    pairs = logged_pairs(folder)
    assert (writer.logged_pairs, writer.logged_pairs + writer.lost_pairs) == (len(pairs), len(steps) * PAIRS)
    places = [pairs_of(ANSWERS).index(pair) for pair in pairs]
    assert places == sorted(set(places))
    assert all(suffix == READY for suffix in suffixes(folder))


def _write(writer: Writer, block: Encoded, *, is_tended: bool) -> None:
    writer.write(block)
    if is_tended:
        writer.tend()
