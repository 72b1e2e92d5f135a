"""The loader's status file."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from api.loading.local_copy import MODEL, SNAPSHOT
from api.loading.status import SIZE, Failure, Kind, LoaderStatus, ShippingStatus, SourceStatus, StatusFile

if TYPE_CHECKING:
    from pathlib import Path

NOW = dt.datetime(2024, 6, 1, 12, tzinfo=dt.UTC)
FULL = SourceStatus(3, 2, "7", NOW, 1, 4, 2, Failure("x" * 400, "8", NOW, Kind.WITHDRAWN), copy_is_failing=True)
SHIPPING = ShippingStatus(2**53, 2**53, 2**53, 2**53, 2**53, NOW, Failure("é" * 400, None, NOW, Kind.ABSENT))


def test_what_is_read_is_what_was_written_last(tmp_path: Path) -> None:
    file = StatusFile(tmp_path / "folder" / "status.json")
    for beat in (1, 2):
        file.write(LoaderStatus(beat, {MODEL: FULL, SNAPSHOT: FULL}, SHIPPING))

    read = StatusFile(tmp_path / "folder" / "status.json").read()
    assert read == LoaderStatus(2, {MODEL: FULL, SNAPSHOT: FULL}, SHIPPING)


def test_the_longest_status_needs_no_more_space_than_the_first(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    StatusFile(path).write(LoaderStatus(1, {}))
    first = path.stat()

    StatusFile(path).write(LoaderStatus(2, {MODEL: FULL, SNAPSHOT: FULL}, SHIPPING))

    assert (path.stat().st_size, path.stat().st_blocks, path.stat().st_ino) == (SIZE, first.st_blocks, first.st_ino)


def test_without_a_file_nothing_is_known(tmp_path: Path) -> None:
    file = StatusFile(tmp_path / "status.json")

    assert file.read() is None
    file.remove()


def test_a_half_written_file_is_as_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    file = StatusFile(path)
    file.write(LoaderStatus(1, {MODEL: FULL}))
    before = file.read()
    path.write_bytes(path.read_bytes()[: SIZE // 20])

    assert file.read() == before
    assert before is not None


def test_a_source_that_it_does_not_name_has_not_been_looked_at() -> None:
    assert LoaderStatus(1, {MODEL: FULL}).of(SNAPSHOT) == SourceStatus()
