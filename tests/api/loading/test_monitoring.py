"""The loader's look at outcomes, and the file that the service reads."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from api.loading.loader_process import LoaderProcess
from api.loading.local_copy import LocalCopies, copies_folder
from api.loading.monitoring import MonitoringCopy
from api.loading.monitoring_file import FILE, MonitoringFile
from local_servers.mysql_server import READER, READER_PASSWORD
from local_servers.waiting import wait_until
from quantity.db.engine import connect
from quantity.db.monitoring_tables import feature_drift, prediction_outcomes, prediction_skew, promotions, scored_days
from quantity.db.outcomes import Outcomes, read_outcomes
from tests.support.outcomes.table_rows import (
    LAST_DAY,
    drift_row,
    insert,
    outcome_rows,
    promotion_row,
    scored_rows,
    skew_row,
)
from tests.support.settings import settings_for
from training.publish.control_tables import upgrade_control_tables

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import URL, Engine

    from quantity.settings import Settings


class Watched:
    """A database with outcomes, and the loader's copy of what it tells.

    Args:
        settings: of the loader.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.copies = LocalCopies(copies_folder(settings))
        self.copy = MonitoringCopy(settings, self.copies)
        self.path = self.copies.folder / FILE
        self.file = MonitoringFile(self.copies.folder)

    def identity(self) -> int:
        """Another one for another file."""
        return self.path.stat().st_ino


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """A database with rows of all kinds."""
    upgrade_control_tables(engine)
    rows = outcome_rows(["1", "2"], 9)
    insert(engine, prediction_outcomes, rows)
    insert(engine, scored_days, scored_rows(rows))
    insert(engine, feature_drift, [drift_row(LAST_DAY, "latest", "a", 0.5)])
    insert(engine, prediction_skew, [skew_row(LAST_DAY, 10, 1)])
    insert(engine, promotions, [promotion_row(1, "1"), promotion_row(2, "2", improvement=0.25)])
    return engine


@pytest.fixture
def watched(filled: Engine, database_settings: Settings) -> Watched:
    assert filled.url.database is not None
    # The settings' own SQLite file is that of the engine.
    return Watched(database_settings)


def test_the_service_reads_what_the_database_has(watched: Watched, filled: Engine) -> None:
    assert watched.file.read() is None
    assert watched.file.seconds_since_look() is None

    watched.copy.look()

    assert watched.file.read() == read_outcomes(filled, "quantity", "champion")
    assert watched.file.seconds_since_look() == pytest.approx(0, abs=60)


def test_a_promotion_is_seen_at_the_next_look(watched: Watched, filled: Engine) -> None:
    watched.copy.look()
    assert watched.file.read() is not None
    insert(filled, promotions, [promotion_row(3, "3")])

    watched.copy.look()

    outcomes = watched.file.read()
    assert outcomes is not None
    assert [each.to_version for each in outcomes.promotions] == ["3", "2", "1"]


def test_the_same_outcomes_are_confirmed_and_not_written_again(watched: Watched) -> None:
    watched.copy.look()
    before = watched.identity()
    os.utime(watched.path, (0, 0))

    watched.copy.look()

    assert watched.identity() == before
    watched.file.read()
    assert watched.file.seconds_since_look() == pytest.approx(0, abs=60)


def test_a_file_that_somebody_removed_is_written_again(watched: Watched) -> None:
    watched.copy.look()
    before = watched.file.read()
    watched.path.unlink()

    watched.copy.look()

    assert MonitoringFile(watched.copies.folder).read() == before


def test_an_older_database_has_no_file_and_is_no_failure(
    engine: Engine, database_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with engine.connect():  # it is there, and empty
        watched = Watched(database_settings)

    watched.copy.look()

    assert watched.file.read() is None
    assert caplog.records == []


def test_what_was_known_stays_while_the_database_is_down(
    watched: Watched, mysql_url: URL, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    watched.copy.look()
    known = watched.file.read()
    os.utime(watched.path, (1000, 1000))
    down = settings_for(tmp_path, mysql_url.set(port=1))

    copy = MonitoringCopy(down, watched.copies)
    for _ in range(3):
        copy.look()

    assert watched.file.read() == known
    age = watched.file.seconds_since_look()
    assert age is not None
    assert age > 10**9
    assert [record.getMessage() for record in caplog.records] == ["outcomes not read"]


def test_a_disk_that_takes_nothing_is_told_and_leaves_nothing_behind(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    watched.path.mkdir(parents=True)

    watched.copy.look()

    assert [record.getMessage() for record in caplog.records] == ["outcomes not read"]
    assert list(watched.copies.folder.iterdir()) == [watched.path]
    assert watched.file.read() is None


def test_a_damaged_file_tells_what_was_read_before(watched: Watched) -> None:
    watched.copy.look()
    known = watched.file.read()
    content = watched.path.read_bytes()

    watched.path.write_bytes(content[: len(content) // 2])

    assert watched.file.read() == known
    assert MonitoringFile(watched.copies.folder).read() is None


def test_a_file_is_read_again_only_when_it_has_changed(tmp_path: Path) -> None:
    file = MonitoringFile(tmp_path)
    file.write(Outcomes())

    first = file.read()

    assert file.read() is first
    file.write(Outcomes())
    assert file.read() is not first


@pytest.fixture
def reader_settings(tmp_path: Path, mysql_url: URL) -> Settings:
    """Settings of a service that may only read, as the API's user in MySQL."""
    engine = connect(mysql_url)
    upgrade_control_tables(engine)
    insert(engine, promotions, [promotion_row(1, "1")])
    engine.dispose()
    return settings_for(tmp_path, mysql_url.set(username=READER, password=READER_PASSWORD))


def test_a_user_who_may_only_read_sees_all(reader_settings: Settings) -> None:
    watched = Watched(reader_settings)

    watched.copy.look()

    outcomes = watched.file.read()
    assert outcomes is not None
    assert len(outcomes.promotions) == 1


def test_the_loader_looks_at_outcomes_beside_models_and_snapshots(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    engine = connect(settings.database_url)
    upgrade_control_tables(engine)
    insert(engine, promotions, [promotion_row(1, "1")])
    engine.dispose()
    file = MonitoringFile(copies_folder(settings))
    loader = LoaderProcess(settings)
    loader.start()
    try:
        wait_until(lambda: file.read() is not None, "the loader has written what it has seen")
    finally:
        loader.stop()

    outcomes = file.read()
    assert outcomes is not None
    assert [each.to_version for each in outcomes.promotions] == ["1"]
