"""Snapshots from a real database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.loading.snapshot_source import DatabaseSource
from tests.support.api.small_market import EARLY_DAYS, feature_set

if TYPE_CHECKING:
    from collections.abc import Callable

    from quantity.settings import Settings
    from quantity.versions import Published
    from tests.support.api.embedded_servers import LiveDatabase


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

    assert fetched.version == published.publication
    assert fetched.origin == "database"
    assert fetched.snapshot.info.as_of_date == feature_set(EARLY_DAYS).as_of


def test_a_replaced_database_file_is_seen(live_settings: Settings, database: LiveDatabase) -> None:
    source = DatabaseSource(live_settings)
    database.publish()
    assert source.version() is not None

    for file in live_settings.local_dir.glob("mlops.db*"):
        file.unlink()

    assert source.version() is None
