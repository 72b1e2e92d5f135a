"""Snapshots from a real database."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from api.loading import room
from api.loading.database import Database
from api.loading.room import NoRoomError
from quantity.raw import key_frame
from tests.support.api.small_market import EARLY_DAYS, feature_set, raw_tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from quantity.settings import Settings
    from quantity.versions import Published
    from tests.support.api.embedded_servers import LiveDatabase


def test_an_empty_database_has_no_version(live_settings: Settings) -> None:
    assert Database(live_settings).offer() is None
    assert not Database(live_settings).is_withdrawn()


def test_every_publish_and_rollback_is_a_new_version(live_settings: Settings, database: LiveDatabase) -> None:
    source = Database(live_settings)
    acts: list[Callable[[], Published]] = [database.publish, database.publish, database.roll_back]
    versions = []
    for act in acts:
        published = act()
        assert source.offer() == (published.publication, published.publication)
        versions.append(published.publication)
    assert len(set(versions)) == 3


def test_a_loaded_snapshot_is_the_published_one(live_settings: Settings, database: LiveDatabase) -> None:
    published = database.publish(EARLY_DAYS)

    snapshot = Database(live_settings).load(published.publication)

    assert snapshot.version == published.publication
    assert snapshot.info.as_of_date == feature_set(EARLY_DAYS).as_of


def test_a_snapshot_that_does_not_fit_into_memory_is_not_read(
    live_settings: Settings, database: LiveDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = database.publish()
    monkeypatch.setattr(room, "memory_left", lambda: 100_000_000)

    with pytest.raises(NoRoomError) as caught:
        Database(live_settings).load(published.publication)

    assert str(caught.value) == (
        f"snapshot 1 with {published.pair_rows} pairs takes about 0.3 GB of memory to load, and 0.1 GB are left"
    )


def test_a_loaded_snapshot_has_the_published_text_ids(live_settings: Settings, database: LiveDatabase) -> None:
    keyed = replace(raw_tables(), store_keys=key_frame("store", {"S-001": 1, "é": 2}))
    published = database.publish(raw=keyed)

    features = Database(live_settings).load(published.publication).features

    assert features.store_keys.numbers_of(["é", "S-001", "S-1"]).tolist() == [2, 1, 0]
    assert len(features.product_keys) == 0


def test_a_database_of_an_earlier_version_has_no_text_ids(live_settings: Settings, database: LiveDatabase) -> None:
    """Without raw tables, nothing makes the tables of text ids."""
    published = database.publish()

    features = Database(live_settings).load(published.publication).features

    assert (len(features.store_keys), len(features.product_keys)) == (0, 0)


def test_a_replaced_database_file_is_seen(live_settings: Settings, database: LiveDatabase) -> None:
    source = Database(live_settings)
    database.publish()
    assert source.offer() is not None

    for file in live_settings.local_dir.glob("mlops.db*"):
        file.unlink()

    assert source.offer() is None
