"""Snapshots from a real database."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from api.snapshot_source import DatabaseSource
from quantity.features.definitions import SCOPES
from tests.api.market import EARLY_DAYS, feature_set

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from quantity.db.snapshots import Published
    from quantity.settings import Settings
    from tests.api.live import LiveDatabase


def test_an_empty_database_has_no_version(live_settings: Settings) -> None:
    assert DatabaseSource(live_settings).version() is None


def test_every_publish_and_rollback_is_a_new_version(live_settings: Settings, database: LiveDatabase) -> None:
    source = DatabaseSource(live_settings)
    acts: list[Callable[[], Published]] = [database.publish, database.publish, database.roll_back]
    versions = []
    for act in acts:
        published = act()
        assert source.version() == published.publication
        versions.append(published.publication)
    assert len(set(versions)) == 3


def test_a_fetched_snapshot_is_the_published_one(live_settings: Settings, database: LiveDatabase) -> None:
    published = database.publish(EARLY_DAYS)

    fetched = DatabaseSource(live_settings).fetch(published.publication)

    assert fetched.value.version == published.publication
    assert fetched.value.origin == "database"
    assert fetched.value.snapshot.info.as_of_date == feature_set(EARLY_DAYS).as_of


def test_a_snapshot_is_read_back_from_its_copy(live_settings: Settings, database: LiveDatabase, tmp_path: Path) -> None:
    source = DatabaseSource(live_settings)
    fetched = source.fetch(database.publish().publication)
    copy = tmp_path / "copy"
    copy.mkdir()

    fetched.write(copy)
    read = source.read(copy)

    assert read.origin == "local copy"
    assert read.snapshot.info == fetched.value.snapshot.info
    store_id, product_id = fetched.value.snapshot.pairs(1000)
    date = dt.date(2024, 6, 1)
    before, after = (s.lookup(store_id, product_id, date) for s in (fetched.value.snapshot, read.snapshot))
    np.testing.assert_array_equal(after.features, before.features)
    assert set(read.snapshot.scopes) == set(SCOPES)


def test_a_replaced_database_file_is_seen(live_settings: Settings, database: LiveDatabase) -> None:
    source = DatabaseSource(live_settings)
    database.publish()
    assert source.version() is not None

    for file in live_settings.local_dir.glob("mlops.db*"):
        file.unlink()

    assert source.version() is None
