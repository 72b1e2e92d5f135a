"""Publishers wait for each other, and nobody ever sees half of a snapshot."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sqlalchemy.exc import DBAPIError

from local_servers.mysql_server import READER, READER_PASSWORD
from quantity.db.engine import connect
from quantity.db.snapshots import SnapshotChangedError
from quantity.db.tables import snapshots
from tests.support.publishing.latest_frames import latest_frames
from tests.support.publishing.published import (
    LINES,
    feature_set,
    leftovers,
    publish_marked,
    publish_seed,
    served_mark,
)
from training.publish.building import Progress
from training.publish.lock import PublisherBusyError, publish_lock
from training.publish.publishing import publish, roll_back

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine

    from local_servers.mysql_server import MysqlServer
    from quantity.versions import Published


def test_a_second_run_stops_while_another_publishes(engine: Engine) -> None:
    publish_marked(engine, 1)
    with publish_lock(engine, 0):
        with pytest.raises(PublisherBusyError, match="another run is publishing"):
            publish_marked(engine, 2)
        with pytest.raises(PublisherBusyError):
            roll_back(engine)
    assert served_mark(engine) == 1
    assert leftovers(engine) == []
    publish_marked(engine, 2)


def test_a_second_run_waits_if_told_to(engine: Engine) -> None:
    other = connect(engine.url)
    waiting = Event()
    done: list[Published] = []

    def second_run() -> None:
        waiting.set()
        done.append(publish(other, feature_set(), run_id="second", order_rows=LINES, wait_seconds=60))

    second = Thread(target=second_run)
    started: list[str] = []

    def start_second(name: str, _rows: int) -> None:
        if not started:
            second.start()
            waiting.wait()
        started.append(name)
        assert not done, "both published at once"

    first = publish(engine, feature_set(), run_id="first", order_rows=LINES, progress=Progress(start=start_second))
    second.join()
    other.dispose()
    assert first.snapshot_id == 1
    assert [record.snapshot_id for record in done] == [2]
    assert leftovers(engine) == []


def test_databases_of_one_server_do_not_keep_each_other_waiting(
    mysql_server: MysqlServer, mysql_engine: Engine
) -> None:
    with publish_lock(mysql_engine, 0), mysql_server.database() as url:
        other = connect(url)
        assert publish_marked(other, 1).snapshot_id == 1
        other.dispose()


def test_a_reader_never_sees_a_mix(engine: Engine) -> None:
    """While one snapshot after the other is published and put back, each read gives one of them, whole."""
    publish_marked(engine, 0)
    publisher = connect(engine.url)
    failures: list[BaseException] = []

    def publish_many() -> None:
        try:
            for mark in range(1, 6):
                publish_marked(publisher, mark)
                roll_back(publisher)
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            failures.append(error)

    thread = Thread(target=publish_many)
    thread.start()
    seen: list[int] = []
    while thread.is_alive():
        try:
            seen.append(served_mark(engine))
        except SnapshotChangedError:
            continue
    thread.join()
    publisher.dispose()
    assert not failures
    assert len(set(seen)) > 2, "no read while they were published"
    assert served_mark(engine) == 0


def test_a_reader_without_rights_to_write_can_read(mysql_url: URL, mysql_engine: Engine) -> None:
    publish_marked(mysql_engine, 5)
    reader = connect(mysql_url.set(username=READER, password=READER_PASSWORD))
    assert served_mark(reader) == 5
    with pytest.raises(DBAPIError, match="denied"), reader.begin() as connection:
        connection.execute(snapshots.delete())
    reader.dispose()


def test_numbers_keep_all_their_digits(engine: Engine) -> None:
    publish_seed(engine)
    latest = latest_frames(engine)
    assert latest is not None
    expected = feature_set().latest["store"].sort_values("store_id")["avg_qty_store_l30d"].to_numpy()
    found = latest[1]["store"].sort_values("store_id")["avg_qty_store_l30d"].to_numpy()
    np.testing.assert_array_equal(found, expected)
