"""Segments become rows of the table, each once; what cannot be shipped waits, within limits, and is told."""

from __future__ import annotations

import datetime as dt
import fcntl
import logging
import shutil
import tempfile
import threading
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from sqlalchemy import text

from api.loading.status import Kind
from api.prediction_log import shipping, table
from api.prediction_log.folder import OPEN, log_folder, ready_segments, segment_path
from api.prediction_log.segment import encode
from api.prediction_log.shipping import Shipper
from api.prediction_log.waiting import REFUSED
from local_servers.ports import HOST, free_port
from quantity.online.predictor import NUMBERS
from tests.support.api.logged_segments import answers, blocks_of, fill, make_table, rows_in, write_segment
from tests.support.settings import settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import URL, Engine

    from local_servers.mysql_server import MysqlServer
    from quantity.settings import Settings


@pytest.fixture
def settings(database_settings: Settings) -> Settings:
    """Settings of a database of either kind, which has the table."""
    make_table(database_settings.database_url)
    return database_settings


@pytest.fixture
def folder(settings: Settings) -> Path:
    return log_folder(settings)


def shipped(settings: Settings, **limits: object) -> Shipper:
    """A shipper after its first look."""
    shipper = Shipper(settings.model_copy(update=limits), log_folder(settings))
    shipper.look()
    return shipper


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_every_answer_becomes_the_row_that_it_is_to_become(settings: Settings, folder: Path, engine: Engine) -> None:
    expected = fill(folder, 7)

    status = shipped(settings).status

    assert rows_in(engine) == expected
    assert (status.shipped_pairs, status.failure, files_in(folder)) == (len(expected), None, [])
    assert (status.waiting_bytes, status.waiting_since) == (0, None)


def test_a_large_segment_goes_in_several_statements_and_whole_or_not_at_all(
    settings: Settings, folder: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "CHUNK_ROWS", 100)
    expected = fill(folder, 1, pairs=450)
    (whole,) = ready_segments(folder)
    last = blocks_of(list(islice(answers(), 1)))[0]
    numbers = last.numbers.copy()
    numbers[:, NUMBERS.index("status")] = 255
    no_status = encode(msgspec.structs.replace(last, content=numbers.data))
    segment_path(folder, 2 << 20).write_bytes(whole.read_bytes() + no_status)

    status = shipped(settings).status

    assert rows_in(engine) == expected
    assert (status.shipped_pairs, status.refused_pairs, status.failure) == (450, 451, None)


def test_small_segments_go_in_one_transaction_up_to_a_limit(
    settings: Settings, folder: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipping, "BATCH_PAIRS", 40)
    expected = fill(folder, 9, pairs=12)
    sizes: list[int] = []
    held = table.PredictionTable.held

    def counted(self: table.PredictionTable, connection: Any, segment_ids: Any) -> set[int]:
        sizes.append(len(segment_ids))
        return held(self, connection, segment_ids)

    monkeypatch.setattr(table.PredictionTable, "held", counted)

    shipped(settings)

    assert sizes == [4, 4, 1]
    assert rows_in(engine) == expected


def test_a_segment_that_is_in_the_table_already_is_only_deleted(
    settings: Settings, folder: Path, engine: Engine, tmp_path: Path
) -> None:
    """A loader was killed between the two."""
    expected = fill(folder, 3)
    shutil.copytree(folder, tmp_path / "copy")
    shipped(settings)
    shutil.copytree(tmp_path / "copy", folder, dirs_exist_ok=True)

    status = shipped(settings).status

    assert rows_in(engine) == expected
    assert (files_in(folder), status.shipped_pairs, status.refused_pairs) == ([], 0, 0)


def test_a_segment_that_another_ships_meanwhile_is_there_once(
    settings: Settings, folder: Path, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a file system without locks, another loader may insert it between question and answer."""
    expected = fill(folder, 3)
    shutil.copytree(folder, tmp_path / "copy")
    ids, asked = {number << 20 for number in (1, 2, 3)}, []
    held = table.PredictionTable.held

    def held_before(self: table.PredictionTable, connection: Any, segment_ids: Any) -> set[int]:
        asked.append(segment_ids)
        return set() if len(asked) == 1 else held(self, connection, segment_ids)

    shipped(settings)
    shutil.copytree(tmp_path / "copy", folder, dirs_exist_ok=True)
    monkeypatch.setattr(table.PredictionTable, "held", held_before)
    status = shipped(settings).status

    assert set(asked[0]) == ids
    assert rows_in(engine) == expected
    assert (files_in(folder), status.shipped_pairs, status.refused_pairs) == ([], 0, 0)


def test_shippers_of_one_folder_at_once_ship_each_segment_once(
    settings: Settings, folder: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipping, "BATCH_SEGMENTS", 2)
    expected = fill(folder, 40)
    shippers = [Shipper(settings, folder) for _ in range(3)]
    threads = [threading.Thread(target=shipper.look) for shipper in shippers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert rows_in(engine) == expected
    assert sum(shipper.status.shipped_pairs for shipper in shippers) == len(expected)
    assert [shipper.status.failure for shipper in shippers] == [None] * 3


def test_a_segment_that_another_holds_is_left_to_it(settings: Settings, folder: Path, engine: Engine) -> None:
    expected = fill(folder, 3)
    held = ready_segments(folder)[1]
    with held.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        status = shipped(settings).status

    assert rows_in(engine) == expected[:12] + expected[24:]
    assert files_in(folder) == [held.name]
    assert status.waiting_bytes == held.stat().st_size


def test_a_killed_writer_s_segment_is_shipped_up_to_its_last_whole_block(
    settings: Settings, folder: Path, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    expected = fill(folder, 1, pairs=60)
    (path,) = ready_segments(folder)
    path.write_bytes(path.read_bytes()[:-7])
    path.rename(path.with_suffix(OPEN))

    shipped(settings)

    rows = rows_in(engine)
    assert 0 < len(rows) < len(expected)
    assert rows == expected[: len(rows)]
    assert "the end of a segment cannot be read" in caplog.text
    assert files_in(folder) == []


FOREIGN = {
    "text": ("0000000000000000001.ready", b"not a segment at all"),
    "another name": ("12 of them.ready", encode(blocks_of(list(islice(answers(), 3)))[0])),
    "an id that no column holds": (f"{2**63}.ready", encode(blocks_of(list(islice(answers(), 3)))[0])),
    "another version's block": ("0000000000000000001.ready", b"\x01\0\0\0\x1d\xdf\xd9\xa6\x93"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_that_is_no_segment_is_set_aside_and_told(
    settings: Settings, folder: Path, engine: Engine, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    expected = fill(folder, 2)
    file, content = FOREIGN[name]
    (folder / file).write_bytes(content)

    status = shipped(settings).status

    assert rows_in(engine) == expected
    assert files_in(folder) == [file.removesuffix(".ready") + REFUSED]
    assert (status.refused_segments, status.failure) == (1, None)
    assert "segment refused" in caplog.text


def test_rows_that_the_database_refuses_keep_no_others_back_and_are_not_altered(
    mysql_server: MysqlServer, mysql_url: URL, mysql_engine: Engine, tmp_path: Path
) -> None:
    """SQLite takes text of any length."""
    make_table(mysql_url)
    settings = settings_for(tmp_path, mysql_url)
    folder = log_folder(settings)
    expected = fill(folder, 4)
    bad = [replace(answer, model_version="9" * 33) for answer in islice(answers(), 3)]
    name = write_segment(folder, bad, (2 << 20) + 1).with_suffix(REFUSED).name

    status = shipped(settings).status

    assert rows_in(mysql_engine) == expected
    assert (files_in(folder), status.refused_pairs, status.refused_segments) == ([name], 3, 1)
    assert status.shipped_pairs == len(expected)


def test_a_server_that_refuses_files_gets_inserts_and_the_same_rows(
    mysql_server: MysqlServer, mysql_url: URL, mysql_engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make_table(mysql_url)
    settings = settings_for(tmp_path, mysql_url)
    folder = log_folder(settings)
    expected = fill(folder, 3)
    mysql_server.admin("SET GLOBAL local_infile = 0")
    try:
        shipper = shipped(settings)
        more = write_segment(folder, bad := list(islice(answers(), 3)), 9 << 20)
        with caplog.at_level(logging.WARNING):
            caplog.clear()
            shipper.look()
    finally:
        mysql_server.admin("SET GLOBAL local_infile = 1")

    assert rows_in(mysql_engine) == expected + [answer.row(9 << 20, line) for line, answer in enumerate(bad)]
    assert caplog.text == "", "it is told once"
    assert not more.exists()


def test_a_disk_that_is_full_of_segments_is_no_obstacle(
    settings: Settings, folder: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Shipping makes room, and needs none."""
    expected = fill(folder, 3)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "no room here"))

    status = shipped(settings).status

    assert (rows_in(engine), status.failure, files_in(folder)) == (expected, None, [])


# --- what cannot be shipped -----------------------------------------------------------------------------------


def test_without_the_table_segments_wait_and_it_is_told_once(
    database_settings: Settings, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    settings = database_settings.model_copy(update={"api_poll_seconds": 1e-9})
    expected = fill(log_folder(settings), 2)
    shipper = shipped(settings)
    for _ in range(3):
        shipper._backoff = shipper._new_backoff()
        shipper.look()

    failure = shipper.status.failure
    assert failure is not None
    assert failure.kind is Kind.ABSENT
    assert "comes with the next published snapshot" in failure.reason
    assert shipper.status.waiting_bytes > 0
    assert caplog.text.count("predictions not shipped") == 1

    make_table(settings.database_url)
    shipper._backoff = shipper._new_backoff()
    shipper.look()
    assert (rows_in(engine), shipper.status.failure) == (expected, None)


def test_above_the_limit_the_oldest_are_dropped_and_counted_and_no_more_than_needed(
    settings: Settings, folder: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = fill(folder, 10, pairs=12)
    sizes = [path.stat().st_size for path in ready_segments(folder)]
    monkeypatch.setattr(shipping, "_MEGABYTE", sum(sizes) - sizes[0] - sizes[1] - 1)

    status = shipped(settings, prediction_log_megabytes=1).status

    assert status.dropped_pairs == 36
    assert rows_in(engine) == expected[36:]


def test_segments_set_aside_are_dropped_first_and_their_pairs_counted_once(
    settings: Settings, folder: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = fill(folder, 3)
    (folder / f"7{REFUSED}").write_bytes(b"x" * 1000)
    monkeypatch.setattr(shipping, "_MEGABYTE", sum(path.stat().st_size for path in folder.iterdir()) - 1)

    status = shipped(settings, prediction_log_megabytes=1).status

    assert (rows_in(engine), status.dropped_pairs, status.refused_segments) == (expected, 0, 0)


def test_while_the_database_is_down_segments_wait_and_it_is_asked_ever_more_rarely(
    mysql_url: URL, mysql_engine: Engine, tmp_path: Path
) -> None:
    make_table(mysql_url)
    up, down = (settings_for(tmp_path, url) for url in (mysql_url, mysql_url.set(port=free_port())))
    folder = log_folder(up)
    expected = fill(folder, 3)
    shipper = shipped(down, api_poll_seconds=3600.0)

    status = shipper.status
    assert status.failure is not None
    assert HOST not in status.failure.reason
    assert status.waiting_bytes == sum(path.stat().st_size for path in folder.iterdir())
    assert status.waiting_since == dt.datetime(1970, 1, 1, 0, 0, 0, 1000, tzinfo=dt.UTC)

    shipper._table = table.PredictionTable(up)
    shipper.look()
    assert (rows_in(mysql_engine), shipper.status.failure) == ([], status.failure), "it is not due"
    shipper._backoff = shipper._new_backoff()
    shipper.look()
    assert (rows_in(mysql_engine), shipper.status.failure) == (expected, None)


def test_a_look_that_takes_longer_than_it_may_is_overdue(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(folder, 1)
    shipper = Shipper(settings.model_copy(update={"api_load_seconds": 1e-9}), folder)
    seen: list[str | None] = [shipper.overdue()]
    held = table.PredictionTable.held

    def hang(self: table.PredictionTable, connection: Any, segment_ids: Any) -> set[int]:
        seen.append(shipper.overdue())
        return held(self, connection, segment_ids)

    monkeypatch.setattr(table.PredictionTable, "held", hang)
    shipper.look()

    assert seen == [None, "shipping the prediction log takes more than 1e-09 seconds"]
    assert shipper.overdue() is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_publisher_s_transaction_is_waited_for(settings: Settings, folder: Path, engine: Engine) -> None:
    expected = fill(folder, 2)
    shipper = Shipper(settings, folder)
    thread = threading.Thread(target=shipper.look)
    with engine.connect() as publisher:
        publisher.execute(text("CREATE TABLE another (a INTEGER)"))
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        assert len(files_in(folder)) == 2
        publisher.commit()
    thread.join()

    assert (rows_in(engine), shipper.status.failure) == (expected, None)
