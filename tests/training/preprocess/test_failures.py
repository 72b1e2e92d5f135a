"""Nothing there, somebody else there, a database or a disk that fails: all is told, nothing is lost."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, event, text

from local_servers.mysql_server import PASSWORD
from local_servers.waiting import wait_until
from tests.support.publishing.preprocess_runs import Result, assert_refused, engine_of, everything
from tests.support.settings import settings_for
from training import preprocess
from training.publish.lock import publish_lock
from training.sample_data import synthetic
from training.sample_data.csv_output import write_csv_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from local_servers.mysql_server import MysqlServer
    from quantity.settings import Settings


def test_an_empty_database_has_nothing_to_recompute(run: Callable[..., Result], database_settings: Settings) -> None:
    result = run(database_settings, "--source", "db")
    assert result.code == preprocess.BAD_INPUT
    assert "--source csv" in result.err


def test_rolling_back_needs_a_snapshot_before(run: Callable[..., Result], loaded: Settings) -> None:
    before = everything(loaded)
    assert_refused(run(loaded, "--rollback"), loaded, before, "no previous snapshot")


def test_rolling_back_puts_the_snapshot_before_back(
    run: Callable[..., Result], database_settings: Settings, csv_folder: Path, files: Path
) -> None:
    run(database_settings, "--data-dir", str(csv_folder))
    run(database_settings, "--data-dir", str(files))
    assert "rolled back to snapshot 1, as of 2024-12-30" in run(database_settings, "--rollback").out
    assert "rolled back to snapshot 2, as of 2022-11-06" in run(database_settings, "--rollback").out


@pytest.mark.parametrize("arguments", [[], ["--source", "db"], ["--rollback"]], ids=["csv", "db", "rollback"])
def test_a_run_beside_another_stops(run: Callable[..., Result], loaded: Settings, arguments: list[str]) -> None:
    before = everything(loaded)
    with engine_of(loaded) as engine, publish_lock(engine, 0):
        result = run(loaded, *arguments)
    assert result.code == preprocess.BUSY
    assert "another run is publishing" in result.err
    assert "--wait" in result.err
    assert everything(loaded) == before


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_database_that_cannot_be_reached_is_told_without_the_password(
    run: Callable[..., Result], settings: Settings, files: Path
) -> None:
    password = "hush/hush@8"
    closed = {"mysql_host": "127.0.0.1", "mysql_port": unused_port(), "mysql_password": SecretStr(password)}
    result = run(settings.model_copy(update=closed), "--data-dir", str(files))
    assert result.code == preprocess.DATABASE_FAILED
    assert "127.0.0.1" in result.err
    assert "Connection refused" in result.err
    assert "hush" not in result.out + result.err


def test_a_password_that_is_refused_is_not_shown(
    run: Callable[..., Result], settings: Settings, mysql_server: MysqlServer, files: Path
) -> None:
    with mysql_server.database() as url:
        refused = settings_for(settings.local_dir, url).model_copy(update={"mysql_password": SecretStr("wr0ng")})
        result = run(refused, "--data-dir", str(files))
    assert result.code == preprocess.DATABASE_FAILED
    assert "Access denied" in result.err
    assert "wr0ng" not in result.out + result.err
    assert PASSWORD not in result.out + result.err


def test_a_place_that_cannot_be_written_to_is_told(run: Callable[..., Result], settings: Settings, files: Path) -> None:
    settings.local_dir.write_text("a file where the folder should be")
    result = run(settings, "--data-dir", str(files))
    assert result.code == preprocess.DATABASE_FAILED
    assert str(settings.local_dir) in result.err
    assert "Traceback" not in result.err


def test_a_full_database_is_told_and_the_old_snapshot_stays(
    run: Callable[..., Result], settings: Settings, csv_folder: Path, files: Path
) -> None:
    run(settings, "--data-dir", str(files))
    before = everything(settings)
    with engine_of(settings) as engine, engine.connect() as connection:
        pages = connection.scalar(text("PRAGMA page_count"))

    def limit(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(Engine, "connect", limit)
    try:
        result = run(settings, "--data-dir", str(csv_folder))
    finally:
        event.remove(Engine, "connect", limit)
    assert result.code == preprocess.DATABASE_FAILED
    assert "database or disk is full" in result.err
    assert everything(settings) == before
    assert run(settings, "--data-dir", str(csv_folder)).code == preprocess.DONE


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 40 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a disk can only be made by root: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def large_files(tmp_path: Path) -> Path:
    """Files of which the tables take 15 MB."""
    folder = tmp_path / "large"
    write_csv_files(synthetic.synthetic_tables(20_000, weeks=12), folder)
    return folder


def test_a_disk_that_will_be_full_is_told_before_anything_is_written(
    run: Callable[..., Result], small_disk: Path, files: Path, large_files: Path
) -> None:
    settings = settings_for(small_disk)
    subprocess.run(["mount", "-o", "remount,size=12m", str(small_disk)], check=True)
    assert run(settings, "--data-dir", str(files)).code == preprocess.DONE
    before = everything(settings)
    result = run(settings, "--data-dir", str(large_files))
    assert result.code == preprocess.DATABASE_FAILED
    assert re.search(
        r"the disk will be full: writing 20,000 order lines takes about 1\d MB, and 1\d MB are free", result.err
    )
    assert "write" not in result.out
    assert everything(settings) == before


@contextmanager
def filling(disk: Path, reserve: Path) -> Iterator[Path]:
    """Somebody else fills a disk when a run has begun to build its tables."""
    filler = disk / "filler"

    def fill() -> None:
        wait_until(lambda: reserve.exists() and reserve.stat().st_size > 0, "the run builds its tables", interval=0.001)
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free - 2**20)

    thread = Thread(target=fill)
    thread.start()
    try:
        yield filler
    finally:
        thread.join()


def test_a_full_disk_is_told_and_the_old_snapshot_stays(
    run: Callable[..., Result], small_disk: Path, files: Path, large_files: Path
) -> None:
    settings = settings_for(small_disk)
    assert run(settings, "--data-dir", str(files)).code == preprocess.DONE
    before = everything(settings)
    with filling(small_disk, settings.local_dir / "mlops.db.reserve") as filler:
        result = run(settings, "--data-dir", str(large_files))
    assert result.code == preprocess.DATABASE_FAILED
    assert "disk is full" in result.err
    assert everything(settings) == before
    # What that run has written and kept is free again, though nobody else has made room.
    assert filler.exists()
    assert run(settings, "--data-dir", str(files)).code == preprocess.DONE
