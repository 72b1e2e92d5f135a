"""Room that a publisher keeps for the end."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from quantity.db.engine import connect
from tests.support.publishing.published import leftovers, publish_marked
from training.publish.lock import publish_lock
from training.publish.publishing import publication
from training.publish.sqlite_disk import LEAST, DiskReserve, shorten_log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    engine = connect(make_url(f"sqlite:///{tmp_path / 'some.db'}"))
    yield engine
    engine.dispose()


def test_it_is_taken_while_a_snapshot_is_built_and_given_back(sqlite: Engine, tmp_path: Path) -> None:
    reserve = tmp_path / "some.db.reserve"
    with publish_lock(sqlite, 0) as lock, publication(sqlite, lock):
        assert reserve.stat().st_size >= LEAST
        assert reserve.stat().st_blocks * 512 >= LEAST, "a hole in the disk is no room"
    assert not reserve.exists()


def test_what_a_dead_run_took_is_given_back(sqlite: Engine, tmp_path: Path) -> None:
    DiskReserve(sqlite).take()
    assert publish_marked(sqlite, 1).snapshot_id == 1
    assert not (tmp_path / "some.db.reserve").exists()


def test_a_dropped_table_is_not_written_once_more(sqlite: Engine, tmp_path: Path) -> None:
    """Debian's SQLite overwrites what is deleted."""
    with sqlite.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE large (bytes BLOB)")
        connection.exec_driver_sql("INSERT INTO large VALUES (zeroblob(3000000))")
    shorten_log(sqlite)
    log = tmp_path / "some.db-wal"
    before = log.stat().st_size
    with sqlite.begin() as connection:
        # The log begins anew.
        connection.exec_driver_sql("CREATE TABLE small (number INTEGER)")
        connection.exec_driver_sql("DROP TABLE large")
    with closing(sqlite3.connect(tmp_path / "some.db")) as connection:
        (_, pages, _) = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    assert log.stat().st_size == before
    assert pages < 20


def test_a_reader_does_not_keep_the_log_from_being_shortened_later(sqlite: Engine) -> None:
    publish_marked(sqlite, 1)
    with sqlite.connect() as reader:
        reader.exec_driver_sql("SELECT COUNT(*) FROM features").all()
        shorten_log(sqlite)
        publish_marked(sqlite, 2)
    assert leftovers(sqlite) == []
