"""How one source is followed: nothing that goes wrong takes away what the local copy holds."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from api.loading.contents import DamagedCopyError, is_withdrawn
from api.loading.local_copy import MODEL, LocalCopies
from api.loading.reason import Reasons
from api.loading.status import Kind
from api.loading.timing import Backoff
from api.loading.updater import Part, Updater
from tests.support.api.clock import Clock
from tests.support.api.memory_source import MemorySource

if TYPE_CHECKING:
    from pathlib import Path

    from quantity.settings import Settings

FILE = "version"


@dataclass(frozen=True)
class Thing:
    version: str


class Following:
    """An updater of a source in memory, and the local copy that it keeps."""

    def __init__(self, settings: Settings, source: MemorySource[Thing] | None = None) -> None:
        self.source = source or MemorySource[Thing]()
        self.refuses: set[str] = set()
        self.disk_is_full = False
        self.clock = Clock()
        self.copies = LocalCopies(settings.local_dir / "copies")
        part = Part(MODEL, self._version_in, self._write, self._check)
        self.updater = Updater(
            part, self.source, self.copies, backoff=Backoff(5, 60, self.clock), reasons=Reasons(settings)
        )

    def look(self, version: str | None = None) -> str | None:
        """Look, after the source got a new version if one is given; the result is what the copy holds."""
        if version is not None:
            self.source.value = Thing(version)
        self.updater.look()
        return self.held()

    def held(self) -> str | None:
        folder = self.copies.part(MODEL)
        return None if folder is None or is_withdrawn(folder) else self._version_in(folder)

    @property
    def failure(self) -> tuple[str | None, str] | None:
        """The version that failed, and the reason."""
        failure = self.updater.status.failure
        return None if failure is None else (failure.version, failure.reason)

    @staticmethod
    def _version_in(folder: Path) -> str:
        version = (folder / FILE).read_text(encoding="utf-8")
        if not version:
            raise DamagedCopyError("empty")
        return version

    def _write(self, thing: Thing, folder: Path) -> None:
        if self.disk_is_full:
            raise OSError(28, "No space left on device")
        (folder / FILE).write_text(thing.version, encoding="utf-8")

    def _check(self, thing: Thing) -> None:
        if thing.version in self.refuses:
            raise ValueError(f"{thing.version} answers nonsense")


@pytest.fixture
def following(settings: Settings) -> Following:
    return Following(settings)


def logged(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    records = [record for record in caplog.records if record.name == "api.loading.updater"]
    return [(record.levelname, record.getMessage()) for record in records]


def test_a_version_is_loaded_once(following: Following) -> None:
    assert following.updater.status.attempts == 0
    following.look("1")

    assert following.look() == "1"

    status = following.updater.status
    assert following.source.loaded == ["1"]
    assert (status.looks, status.loads, status.failures, status.version, status.failure) == (2, 1, 0, "1", None)
    assert status.looked_at is not None


def test_another_version_replaces_it_and_one_moved_back_returns(following: Following) -> None:
    assert [following.look(version) for version in ("1", "2", "1")] == ["1", "2", "1"]


def test_while_it_loads_it_says_that_the_source_has_answered(following: Following) -> None:
    seen: list[tuple[int, str | None, bool]] = []

    def see() -> None:
        status = following.updater.status
        seen.append((status.attempts, status.version, following.updater.loading_since is not None))

    following.source.on_load = see
    following.look("1")

    assert seen == [(1, "1", True)]
    assert (following.updater.looking_since, following.updater.loading_since) == (None, None)


def test_a_version_that_cannot_be_loaded_changes_nothing(
    following: Following, caplog: pytest.LogCaptureFixture
) -> None:
    following.look("1")
    following.source.broken["2"] = ValueError("not a model")

    assert following.look("2") == "1"

    assert following.failure == ("2", "ValueError: not a model")
    assert following.updater.status.failures == 1
    assert logged(caplog) == [("ERROR", "model not loaded")]


def test_a_version_that_answers_nonsense_changes_nothing(following: Following) -> None:
    following.look("1")
    following.refuses.add("2")

    assert following.look("2") == "1"

    assert following.failure == ("2", "ValueError: 2 answers nonsense")


def test_a_failing_version_is_tried_again_later_and_logged_once(
    following: Following, caplog: pytest.LogCaptureFixture
) -> None:
    following.source.broken["1"] = ValueError("not a model")
    following.look("1")
    following.look()
    assert following.source.loaded == ["1"]

    following.clock.now += 5
    following.look()
    assert following.source.loaded == ["1", "1"]
    assert following.updater.status.failures == 2
    assert len(logged(caplog)) == 1

    del following.source.broken["1"]
    following.clock.now += 10
    assert following.look() == "1"
    assert following.failure is None


def test_another_version_than_the_failing_one_is_tried_at_once(following: Following) -> None:
    following.source.broken["1"] = ValueError("not a model")
    following.look("1")

    assert following.look("2") == "2"


def test_a_source_that_is_down_is_asked_at_every_poll_and_logged_once(
    following: Following, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    following.look("1")
    following.source.down = True
    for _ in range(3):
        following.look()
    status = following.updater.status
    assert (status.attempts, status.looks, status.failures, status.version) == (5, 1, 3, "1")
    assert following.failure is not None
    assert following.failure[0] is None

    following.source.down = False
    assert following.look() == "1"

    assert following.failure is None
    assert logged(caplog) == [
        ("INFO", "model loaded"),
        ("ERROR", "model not loaded"),
        ("INFO", "model is current again"),
    ]


def test_a_source_that_has_lost_all_takes_nothing_away(following: Following, caplog: pytest.LogCaptureFixture) -> None:
    following.look("1")
    following.source.value, following.source.lost = None, True
    following.look()

    assert following.look() == "1"

    assert following.failure == (None, following.source.absent)
    assert following.updater.status.failures == 0
    assert logged(caplog) == [("WARNING", "model not loaded")]


def test_what_was_taken_away_on_purpose_leaves_the_copy(
    following: Following, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    following.look("1")
    following.source.value = None

    assert following.look() is None

    assert following.failure == (None, following.source.withdrawn)
    failure = following.updater.status.failure
    assert failure is not None
    assert failure.kind is Kind.WITHDRAWN
    assert logged(caplog) == [("WARNING", "model not loaded")]
    copy = following.copies.newest()
    assert following.look() is None
    assert following.copies.newest() == copy, "it is written once"
    following.source.down = True
    assert Following(settings, following.source).look() is None


def test_a_withdrawal_that_cannot_be_written_is_told(following: Following, monkeypatch: pytest.MonkeyPatch) -> None:
    following.look("1")
    following.source.value = None

    def full(_folder: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("api.loading.updater.write_withdrawal", full)
    following.look()

    assert following.updater.status.copy_is_failing
    assert following.failure is not None
    assert "No space left" in following.failure[1]


def test_what_was_taken_away_after_its_copy_was_damaged_is_marked_all_the_same(following: Following) -> None:
    following.look("1")
    following.copies.publish({MODEL: None})
    following.source.value = None

    following.look()

    folder = following.copies.part(MODEL)
    assert folder is not None
    assert is_withdrawn(folder)


@pytest.mark.parametrize("trouble", ["down", "lost", "broken"])
def test_a_restart_without_the_source_keeps_the_copy(following: Following, settings: Settings, trouble: str) -> None:
    following.look("1")
    following.look("2")
    if trouble == "down":
        following.source.down = True
    elif trouble == "lost":
        following.source.value, following.source.lost = None, True
    else:
        following.source.value = Thing("3")
        following.source.broken["3"] = ValueError("not a model")

    restarted = Following(settings, following.source)

    assert restarted.look() == "2"
    assert restarted.failure is not None


def test_a_restart_beside_the_source_loads_nothing_again(following: Following, settings: Settings) -> None:
    following.look("1")

    restarted = Following(settings, following.source)

    assert restarted.look() == "1"
    assert following.source.loaded == ["1"]


def test_a_damaged_copy_is_loaded_again(following: Following) -> None:
    following.look("1")
    folder = following.copies.part(MODEL)
    assert folder is not None
    (folder / FILE).write_text("", encoding="utf-8")

    assert following.look() == "1"
    assert following.source.loaded == ["1", "1"]


def test_a_copy_that_cannot_be_written_leaves_the_one_before(
    following: Following, caplog: pytest.LogCaptureFixture
) -> None:
    following.look("1")
    following.disk_is_full = True

    assert following.look("2") == "1"

    status = following.updater.status
    assert following.failure is not None
    assert following.failure[0] == "2"
    assert following.failure[1].endswith("the local copy cannot be written: No space left on device")
    assert (status.copy_failures, status.copy_is_failing, status.failures) == (1, True, 1)
    assert logged(caplog) == [("ERROR", "model not loaded")]

    following.disk_is_full = False
    following.clock.now += 5
    assert following.look() == "2"
    assert not following.updater.status.copy_is_failing


def test_of_what_was_loaded_the_version_counts(following: Following) -> None:
    # A snapshot may be replaced between the question and the answer.
    following.source.announced = "1"
    assert following.look("2") == "2"

    following.source.announced = "2"
    assert following.look() == "2"
    assert following.source.loaded == ["1"]
