"""The database's part of the report, and the snapshot's in it."""

from __future__ import annotations

import datetime as dt
import socket
import time
from typing import TYPE_CHECKING

from local_servers.mysql_server import PASSWORD
from local_servers.ports import HOST, free_port
from quantity.db.engine import connect
from tests.support.command_line import diagnose, with_free_port
from tests.support.publishing.earlier_version import make_earlier
from tests.support.publishing.published import publish_marked
from tests.support.publishing.published_market import execute, publish_market
from tests.support.settings import settings_for
from training import export_features
from training.publish.control_tables import VERSION_TABLE

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from sqlalchemy import URL, Engine

    from quantity.settings import Settings
    from tests.support.command_line import Report


def on_server(settings: Settings, port: int) -> Settings:
    return settings.model_copy(update={"mysql_host": HOST, "mysql_port": port})


def assert_no_database(report: Report) -> None:
    assert report.code == 1
    assert report.states("database") == ["fault"]
    assert "MYSQL_HOST" in report["database"][0].remedy
    assert report["snapshot"][0].seen == "not looked at: no database"
    assert report.states("service") == ["ok", "ok"]


def test_a_server_that_is_not_there_is_a_fault(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    report = diagnose(on_server(settings, free_port()), capsys)
    assert_no_database(report)
    assert report["database"][0].seen.startswith("mysql+pymysql://***@127.0.0.1:")
    assert "Connection refused" in report["database"][0].seen


def test_a_server_that_never_answers_is_given_up(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server((HOST, 0)) as silent:
        began = time.monotonic()
        report = diagnose(on_server(settings, silent.getsockname()[1]), capsys)
    assert_no_database(report)
    assert time.monotonic() - began < 30
    assert "timed out" in report["database"][0].seen


def test_a_server_is_told_with_its_version_and_its_tables(
    mysql_url: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = connect(mysql_url, bulk_load=True)
    publish_marked(engine, 1)
    engine.dispose()
    report = diagnose(with_free_port(settings_for(tmp_path, mysql_url)), capsys)
    assert report.states("database") == ["ok", "ok"]
    seen = report["database"][0].seen
    assert "MariaDB" in seen or "MySQL" in seen
    for table in ("features", "latest_store_product", "published_snapshot", "snapshots"):
        assert f"{table}," in seen
    assert report["database"][1].seen == "the control tables are of this version"
    assert "from 1 order lines" in report["snapshot"][0].seen
    assert PASSWORD not in report.text


def test_a_password_that_is_refused_is_a_fault_and_not_told(
    mysql_url: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = with_free_port(settings_for(tmp_path, mysql_url.set(password="hush-hush")))
    report = diagnose(settings, capsys)
    assert_no_database(report)
    assert "Access denied" in report["database"][0].seen
    assert "hush" not in report.text


def test_a_database_without_tables_has_nothing_published(
    settings: Settings, sqlite_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    sqlite_engine.connect().close()
    report = diagnose(settings, capsys)
    assert report.states("database") == ["ok"]
    assert report["database"][0].seen.endswith("no tables of the project yet")
    assert [(line.state, line.seen) for line in report["snapshot"]] == [("fault", "nothing is published")]
    assert "`quantity preprocess`" in report["snapshot"][0].remedy


def test_a_file_that_is_no_database_is_a_fault(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.local_dir.mkdir(parents=True)
    (settings.local_dir / "mlops.db").write_text("no database" * 1000)
    report = diagnose(settings, capsys)
    assert report.states("database") == ["fault"]
    assert "file is not a database" in report["database"][0].seen


def test_control_tables_of_an_earlier_version_are_told_and_not_migrated(
    settings: Settings, sqlite_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    make_earlier(sqlite_engine)
    for _ in range(2):
        report = diagnose(settings, capsys)
        assert "earlier version" in report.only("database", "warning").seen
        assert "`quantity preprocess`" in report.only("database", "warning").remedy


def test_control_tables_of_a_later_version_are_a_fault(
    settings: Settings, sqlite_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_marked(sqlite_engine, 1)
    execute(sqlite_engine, f"UPDATE {VERSION_TABLE} SET version_num = 'r9999'")
    report = diagnose(settings, capsys)
    assert "a later version of the project (step r9999;" in report.only("database", "fault").seen


def test_features_of_another_list_are_a_fault(
    settings: Settings, sqlite_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_marked(sqlite_engine, 1)
    execute(sqlite_engine, "UPDATE published_snapshot SET features_digest = 'other'")
    found = diagnose(settings, capsys).only("snapshot", "fault")
    assert found.seen.startswith("snapshot 1 was published with other features than this version")
    assert found.remedy.startswith("`quantity preprocess --source db`, then `quantity train`")


def test_a_snapshot_of_today_is_well_and_one_before_it_can_be_put_back(
    settings: Settings, sqlite_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_marked(sqlite_engine, 1)
    assert "nothing to put back" in diagnose(settings, capsys)["snapshot"][-1].seen
    publish_marked(sqlite_engine, 2)
    today = dt.datetime.now(dt.UTC).date()
    execute(sqlite_engine, f"UPDATE published_snapshot SET as_of_date = '{today}'")
    report = diagnose(settings, capsys)
    assert report.states("snapshot") == ["ok", "ok", "ok"]
    assert report["snapshot"][-1].seen.startswith("before it snapshot 1 as of ")


def test_an_export_that_is_not_of_the_published_snapshot_is_told(
    settings: Settings, sqlite_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_market(sqlite_engine)
    assert export_features.main([], settings) == export_features.DONE
    found = diagnose(settings, capsys)["snapshot"][-1]
    assert (found.state, found.seen.split(" as of ")[0]) == ("ok", "features for Feast: exported from snapshot 1")
    publish_market(sqlite_engine)
    found = diagnose(settings, capsys)["snapshot"][-1]
    assert found.state == "warning"
    assert "from snapshot 1" in found.seen
    assert found.remedy.startswith("`quantity export-features`")


def test_it_reads_as_a_user_who_may_only_read(
    mysql_url: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The service has such a user in the stack."""
    engine = connect(mysql_url, bulk_load=True)
    publish_marked(engine, 1)
    engine.dispose()
    reader = mysql_url.set(username="reader", password="reader")
    report = diagnose(with_free_port(settings_for(tmp_path, reader)), capsys)
    assert report.states("database") == ["ok", "ok"]
    assert "fault" not in report.states("snapshot")
