"""What comes from the local copy into memory, and what does not."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

from api.loading.contents import ARRAYS_FILE, INFO_FILE, write_model, write_snapshot, write_withdrawal
from api.loading.follower import Follower
from api.loading.local_copy import MODEL, PARTS, SNAPSHOT, LocalCopies
from api.loading.reason import Reasons
from api.serving.memory import Memory
from tests.support.api.small_market import EARLY_DAYS, model_in_memory, snapshot_in_memory

if TYPE_CHECKING:
    from pathlib import Path

    from api.serving.halves import ModelInMemory, SnapshotInMemory
    from quantity.settings import Settings


class Following:
    """A follower, the copies that it follows, and the memory that it fills."""

    def __init__(self, settings: Settings) -> None:
        self.copies, self.memory = LocalCopies(settings.local_dir / "copies"), Memory()
        self.follower = Follower(self.copies, self.memory, Reasons(settings))

    def put(self, model: ModelInMemory | None = None, snapshot: SnapshotInMemory | None = None) -> Following:
        """Publish a copy with these in place of what it had, and look."""
        changes = {}
        if model is not None:
            changes[MODEL] = partial(write_model, model)
        if snapshot is not None:
            changes[SNAPSHOT] = partial(write_snapshot, snapshot)
        self.copies.publish(changes)
        self.follower.look()
        return self

    def versions(self) -> tuple[str | None, str | None]:
        model, snapshot = self.memory.contents.model, self.memory.contents.snapshot
        return model.version if model else None, snapshot.version if snapshot else None


@pytest.fixture
def following(settings: Settings) -> Following:
    return Following(settings)


def damage(folder: Path | None) -> None:
    assert folder is not None
    content = bytearray((folder / ARRAYS_FILE).read_bytes())
    content[len(content) // 2] ^= 0xFF
    # As a fault of the disk: the file that other copies link to stays.
    (folder / ARRAYS_FILE).unlink()
    (folder / ARRAYS_FILE).write_bytes(content)


def test_without_a_copy_nothing_happens(following: Following) -> None:
    following.follower.look()

    assert (following.versions(), following.follower.failure) == ((None, None), None)


def test_what_is_newest_is_in_memory(following: Following) -> None:
    assert following.put(model_in_memory()).versions() == ("1", None)
    assert following.put(snapshot=snapshot_in_memory()).versions() == ("1", "a")
    assert following.put(model_in_memory("2", seed=1)).versions() == ("2", "a")
    assert following.put(model_in_memory("3"), snapshot_in_memory("b", EARLY_DAYS)).versions() == ("3", "b")


def test_what_has_not_changed_is_not_read_again(following: Following) -> None:
    following.put(model_in_memory(), snapshot_in_memory())
    model, snapshot = following.memory.contents.model, following.memory.contents.snapshot

    following.put(model_in_memory("2", seed=1))
    assert following.memory.contents.snapshot is snapshot

    following.put(model_in_memory("3"))
    following.put(snapshot=snapshot_in_memory("b", EARLY_DAYS))
    assert following.memory.contents.model is not model
    before = following.memory.contents
    following.follower.look()
    assert following.memory.contents is before


def test_a_part_that_is_missing_stays_in_memory(following: Following) -> None:
    following.put(model_in_memory(), snapshot_in_memory())

    following.copies.publish({MODEL: None})
    following.follower.look()

    assert following.versions() == ("1", "a")


def test_a_part_that_is_withdrawn_leaves_the_memory(following: Following, caplog: pytest.LogCaptureFixture) -> None:
    following.put(model_in_memory(), snapshot_in_memory())

    following.copies.publish({MODEL: write_withdrawal})
    following.follower.look()

    assert following.versions() == (None, "a")
    assert "model out of service" in [record.getMessage() for record in caplog.records]


def test_a_folder_made_anew_is_read_although_its_name_is_known(following: Following) -> None:
    following.put(model_in_memory(), snapshot_in_memory())
    newest = following.copies.newest()
    assert newest is not None
    newest.rename(newest.with_name("old"))

    following.put(model_in_memory("2", seed=1), snapshot_in_memory())

    assert following.copies.newest() == newest
    assert following.versions() == ("2", "a")


@pytest.mark.parametrize("file", [ARRAYS_FILE, INFO_FILE])
@pytest.mark.parametrize("part", PARTS)
def test_a_part_without_one_of_its_files_is_removed(
    following: Following, settings: Settings, part: str, file: str
) -> None:
    following.put(model_in_memory(), snapshot_in_memory())
    folder = following.copies.part(part)
    assert folder is not None
    (folder / file).unlink()
    restarted = Following(settings)

    restarted.follower.look()
    assert restarted.follower.failure is not None
    assert restarted.follower.failure.reason == f"DamagedCopyError: {file} is missing"
    restarted.follower.look()

    assert restarted.versions() == ((None, "a") if part == MODEL else ("1", None))


@pytest.mark.parametrize("part", PARTS)
def test_a_damaged_part_is_removed_and_the_other_stays(
    following: Following, settings: Settings, caplog: pytest.LogCaptureFixture, part: str
) -> None:
    following.put(model_in_memory(), snapshot_in_memory())
    damage(following.copies.part(part))
    restarted = Following(settings)

    restarted.follower.look()

    assert restarted.follower.failure is not None
    assert "not what was written" in restarted.follower.failure.reason
    assert ("ERROR", "local copy not swapped in") in [(r.levelname, r.getMessage()) for r in caplog.records]
    restarted.follower.look()
    assert restarted.versions() == ((None, "a") if part == MODEL else ("1", None))
    assert restarted.follower.failure is None
    following.follower.look()
    assert following.versions() == ("1", "a"), "what is in memory stays"


def test_a_pair_that_answers_nonsense_changes_nothing_and_is_removed(following: Following) -> None:
    following.put(model_in_memory(), snapshot_in_memory())
    before = following.memory.contents
    good = model_in_memory("2")
    forest = good.compiled.forest
    nonsense = replace(good.compiled, forest=forest._replace(base=forest.base * np.nan))

    following.put(replace(good, compiled=nonsense))

    assert following.memory.contents is before
    assert following.follower.failure is not None
    assert "CheckFailedError" in following.follower.failure.reason
    newest = following.copies.newest()
    assert newest is not None
    assert list(newest.iterdir()) == []
    following.follower.look()
    contents = following.memory.contents
    assert (contents.model, contents.snapshot) == (before.model, before.snapshot)
    assert contents.pair is not None


def test_a_swap_is_logged_with_its_version(following: Following, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    following.put(model_in_memory(), snapshot_in_memory())

    assert [record.getMessage() for record in caplog.records] == ["model in service", "snapshot in service"]
