"""Nothing there, somebody else there, a database or a disk that fails: all is told, nothing is lost."""

from __future__ import annotations

import socket
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, event, text

from local_servers.mysql_server import PASSWORD
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
    """A disk of 16 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a disk can only be made by root: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_told_and_the_old_snapshot_stays(
    run: Callable[..., Result], small_disk: Path, tmp_path: Path, files: Path
) -> None:
    settings = settings_for(small_disk)
    assert run(settings, "--data-dir", str(files)).code == preprocess.DONE
    before = everything(settings)
    large = tmp_path / "large"
    write_csv_files(synthetic.synthetic_tables(20_000, weeks=12), large)
    result = run(settings, "--data-dir", str(large))
    assert result.code == preprocess.DATABASE_FAILED
    assert "full" in result.err
    assert everything(settings) == before
    assert run(settings, "--data-dir", str(files)).code == preprocess.DONE
