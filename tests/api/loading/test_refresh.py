"""How one source is followed: nothing that goes wrong takes away what is in service."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry

from api.loading.backoff import Backoff
from api.loading.local_copy import LocalCopy
from api.loading.reason import Reasons
from api.loading.refresh import Refresher
from api.status.reload_metrics import ReloadMetrics
from tests.api.loading.test_backoff import Clock
from tests.support.api.memory_source import MemorySource

if TYPE_CHECKING:
    from quantity.settings import Settings


@dataclass(frozen=True)
class Thing:
    version: str


class Following:
    """A refresher of a source in memory, and what it has put into service."""

    def __init__(self, settings: Settings, source: MemorySource[Thing] | None = None) -> None:
        self.source = source or MemorySource[Thing]("model")
        self.served: list[str] = []
        self.refuses: set[str] = set()
        self.clock = Clock()
        self.registry = CollectorRegistry()
        self.copy = LocalCopy(settings.local_dir / "copies")
        self.refresher = Refresher(
            self.source,
            self._put,
            copy=self.copy,
            backoff=Backoff(5, 60, self.clock),
            reasons=Reasons(settings),
            metrics=ReloadMetrics(self.registry),
        )

    def look(self, version: str | None = None) -> list[str]:
        """Refresh, after the source got a new version if one is given; the result is all that was put."""
        if version is not None:
            self.source.value = Thing(version)
        self.refresher.refresh()
        return self.served

    def count(self, counter: str) -> float | None:
        return self.registry.get_sample_value(f"quantity_{counter}_total", {"source": "model"})

    def restarted(self, settings: Settings) -> Following:
        """A new process with the same source and local copies."""
        return Following(settings, self.source)

    def _put(self, thing: Thing) -> None:
        if thing.version in self.refuses:
            raise ValueError(f"{thing.version} answers nonsense")
        self.served.append(thing.version)


@pytest.fixture
def following(settings: Settings) -> Following:
    return Following(settings)


def logged(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [
        (record.levelname, record.getMessage()) for record in caplog.records if record.name == "api.loading.refresh"
    ]


def test_a_version_is_loaded_once(following: Following) -> None:
    assert not following.refresher.settled
    following.look("1")
    following.look()

    assert following.served == ["1"]
    assert following.source.fetched == ["1"]
    assert following.refresher.settled
    assert following.refresher.failure is None
    assert (following.count("reloads"), following.count("reload_failures")) == (1, 0)


def test_another_version_replaces_it_and_one_moved_back_returns(following: Following) -> None:
    for version in ("1", "2", "1"):
        following.look(version)

    assert following.served == ["1", "2", "1"]


def test_a_version_that_cannot_be_loaded_changes_nothing(
    following: Following, caplog: pytest.LogCaptureFixture
) -> None:
    following.look("1")
    following.source.broken["2"] = ValueError("not a model")

    following.look("2")

    assert following.served == ["1"]
    failure = following.refresher.failure
    assert failure is not None
    assert (failure.version, failure.reason) == ("2", "ValueError: not a model")
    assert following.count("reload_failures") == 1
    assert logged(caplog) == [("ERROR", "model not loaded")]


def test_a_version_that_answers_nonsense_changes_nothing(following: Following) -> None:
    following.look("1")
    following.refuses.add("2")

    following.look("2")

    assert following.served == ["1"]
    assert following.refresher.failure is not None
    assert following.refresher.failure.reason == "ValueError: 2 answers nonsense"
    assert [path.name for path in following.copy.newest_first()] == ["00000001"]


def test_a_failing_version_is_tried_again_later_and_logged_once(
    following: Following, caplog: pytest.LogCaptureFixture
) -> None:
    following.source.broken["1"] = ValueError("not a model")
    following.look("1")
    following.look()
    assert following.source.fetched == ["1"]

    following.clock.now += 5
    following.look()
    assert following.source.fetched == ["1", "1"]
    assert following.count("reload_failures") == 2
    assert len(logged(caplog)) == 1

    del following.source.broken["1"]
    following.clock.now += 10
    assert following.look() == ["1"]
    assert following.refresher.failure is None


def test_another_version_than_the_failing_one_is_tried_at_once(following: Following) -> None:
    following.source.broken["1"] = ValueError("not a model")
    following.look("1")

    assert following.look("2") == ["2"]


def test_a_source_that_is_down_is_asked_at_every_poll_and_logged_once(
    following: Following, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    following.look("1")
    following.source.down = True
    for _ in range(3):
        following.look()
    assert following.count("reload_failures") == 3
    assert following.refresher.failure is not None
    assert following.refresher.failure.version is None

    following.source.down = False
    following.look()

    assert following.served == ["1"]
    assert following.refresher.failure is None
    assert logged(caplog) == [
        ("INFO", "model loaded"),
        ("ERROR", "model not loaded"),
        ("INFO", "model is current again"),
    ]


def test_a_source_that_has_none_any_more_is_no_failed_load(
    following: Following, caplog: pytest.LogCaptureFixture
) -> None:
    following.look("1")
    following.source.value = None
    following.look()
    following.look()

    assert following.served == ["1"]
    assert following.refresher.failure is not None
    assert following.refresher.failure.is_absence
    assert following.count("reload_failures") == 0
    assert logged(caplog) == [("WARNING", "model not loaded")]


@pytest.mark.parametrize("trouble", ["down", "empty", "broken"])
def test_a_restart_without_the_source_serves_the_local_copy(
    following: Following, settings: Settings, trouble: str
) -> None:
    following.look("1")
    following.look("2")
    if trouble == "down":
        following.source.down = True
    elif trouble == "empty":
        following.source.value = None
    else:
        following.source.value = Thing("3")
        following.source.broken["3"] = ValueError("not a model")

    restarted = following.restarted(settings)

    assert restarted.look() == ["2"]
    assert restarted.refresher.failure is not None
    assert restarted.look() == ["2"]


def test_the_source_takes_over_from_the_local_copy(following: Following, settings: Settings) -> None:
    following.look("1")
    following.source.down = True
    restarted = following.restarted(settings)
    restarted.look()

    following.source.down = False

    assert restarted.look() == ["1", "1"]
    assert restarted.refresher.failure is None


def test_a_damaged_local_copy_is_ignored(
    following: Following, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    following.look("1")
    (following.copy.newest_first()[0] / "version").write_text("?", encoding="utf-8")
    following.source.down = True
    caplog.clear()

    restarted = following.restarted(settings)

    assert restarted.look() == []
    assert ("ERROR", "model local copy ignored") in logged(caplog)


def test_a_local_copy_that_cannot_be_written_is_counted_and_logged(
    following: Following, caplog: pytest.LogCaptureFixture
) -> None:
    following.source.disk_full = True

    assert following.look("1") == ["1"]

    assert following.refresher.failure is None
    assert following.count("local_copy_failures") == 1
    assert logged(caplog) == [("ERROR", "model local copy not written")]


def test_of_what_was_fetched_the_version_counts(following: Following) -> None:
    # A snapshot may be replaced between the question and the answer.
    following.source.announced = "1"
    following.look("2")
    assert following.served == ["2"]

    following.source.announced = "2"
    assert following.look() == ["2"]
