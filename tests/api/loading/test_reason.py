"""Reasons that may be shown to anyone, and those of the log."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import mlflow
import pytest
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from api.loading.reason import MAX_LENGTH, MAX_LOG_LENGTH, Reasons
from local_servers.mysql_server import PASSWORD
from local_servers.ports import free_port
from quantity.db.engine import connect
from quantity.db.snapshots import published
from quantity.registry import version_number
from tests.support.api.apps import make_settings

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import URL

WORLD = {"mysql_host": "db-7.example.net", "mysql_user": "svc_orders", "mlflow_tracking_uri": "http://mlflow:5000"}


def reason(folder: Path, text: str, **settings: object) -> str:
    return Reasons(make_settings(folder, **settings)).of(RuntimeError(text))


def for_log(folder: Path, text: str, **settings: object) -> str:
    return Reasons(make_settings(folder, **settings)).for_log(RuntimeError(text))


def test_it_is_one_line_with_the_class_of_the_error(tmp_path: Path) -> None:
    assert reason(tmp_path, "first\n  second\tthird") == "RuntimeError: first second third"


@pytest.mark.parametrize("shown", ["p@ss/word", "p%40ss%2Fword"])
def test_neither_shows_the_password(tmp_path: Path, shown: str) -> None:
    text = f"cannot open mysql://mlops:{shown}@db/x, nor with {shown}"
    for described in (reason, for_log):
        told = described(tmp_path, text, mysql_password="p@ss/word")
        assert shown not in told
        assert "***" in told


def test_the_log_is_told_all_but_the_password_and_sql(tmp_path: Path) -> None:
    error = OperationalError(
        "SELECT secret FROM t", {"a": 1}, sqlite3.OperationalError("no host db:3306 in /etc/hosts")
    )
    error.code = "e3q8"
    told = Reasons(make_settings(tmp_path)).for_log(error)
    assert told == "OperationalError: (sqlite3.OperationalError) no host db:3306 in /etc/hosts"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("GET http://me:secret@mlflow:5000/x", "GET http://***/x"),
        (
            "Access denied for user 'a'@'172.18.0.5' (using password: YES)",
            "Access denied for user *** (using password: YES)",
        ),
        ("Access denied for user 'a' to database 'b'", "Access denied for user *** to database 'b'"),
        ("Can't connect to MySQL server on 'db' (timed out)", "Can't connect to MySQL server on *** (timed out)"),
        ("HTTPConnectionPool(host='m', port=5000): no", "HTTPConnectionPool(host=***, port=***): no"),
        ("Failed to resolve 'm' ([Errno -2])", "Failed to resolve *** ([Errno -2])"),
        ("no route to 10.1.2.3:3306 or 10.1.2.3", "no route to *** or ***"),
        ("no route to fe80::1 or ::1", "no route to *** or ***"),
        ("mlflow.internal:5000 refused", "*** refused"),
        ("[Errno 13] Permission denied: '/app/local/serving'", "[Errno 13] Permission denied: '***'"),
        ("host 'db-7.example.net' or user 'svc_orders' or 'mlflow'", "host *** or user *** or ***"),
        ("<urllib3.HTTPConnection object at 0x7f00aa>: refused", "<urllib3.HTTPConnection object>: refused"),
        ("it failed (Background on this error at: https://sqlalche.me/e/20/e3q8)", "it failed"),
        ("it failed [SQL: SELECT 1] (Background on this error at: https://sqlalche.me/e/20/e3q8)", "it failed"),
    ],
)
def test_anyone_is_told_no_host_no_user_no_path_and_no_sql(tmp_path: Path, text: str, told: str) -> None:
    assert reason(tmp_path, text, **WORLD) == f"RuntimeError: {told}"


@pytest.mark.parametrize(
    "text",
    [
        "(1146, \"Table 'orders.published_snapshot' doesn't exist\")",
        "version 3 of 'quantity' has 1/2 of its files and/or none; expected 3.17.0",
        "MySQL server has gone away (BrokenPipeError(32, 'Broken pipe'))",
    ],
)
def test_what_tells_nothing_of_the_machine_stays(tmp_path: Path, text: str) -> None:
    assert reason(tmp_path, text, **WORLD) == f"RuntimeError: {text}"


def test_both_are_short(tmp_path: Path) -> None:
    assert len(reason(tmp_path, "x" * 10_000)) == MAX_LENGTH + 1
    assert len(for_log(tmp_path, "x" * 10_000)) == MAX_LOG_LENGTH + 1


# --- errors of real servers and clients --------------------------------------------------------------------


@pytest.mark.parametrize("fault", [{"port": 1}, {"username": "nobody"}, {"password": "wrong"}, {"database": "none"}])
def test_what_mysql_says_names_no_host_and_no_user(tmp_path: Path, mysql_url: URL, fault: dict[str, object]) -> None:
    url = mysql_url.set(**fault)  # type: ignore[arg-type]
    engine = connect(url)
    settings = make_settings(tmp_path, mysql_host=url.host, mysql_user=url.username, mysql_password=PASSWORD)
    with pytest.raises(OperationalError) as caught:
        published(engine)
    engine.dispose()
    told = Reasons(settings).of(caught.value)
    assert told.startswith("OperationalError: (pymysql.err.OperationalError) (")
    for secret in (str(url.host), "localhost", str(url.username), PASSWORD, "sqlalche.me", "SELECT"):
        assert secret not in told
    assert str(caught.value.orig) in Reasons(settings).for_log(caught.value)


def test_what_mlflow_says_of_a_dead_server_names_no_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    port = free_port()
    settings = make_settings(tmp_path, mlflow_tracking_uri=f"http://127.0.0.1:{port}")
    before = mlflow.get_tracking_uri()
    try:
        with pytest.raises(mlflow.MlflowException) as caught:
            version_number(settings)
    finally:
        mlflow.set_tracking_uri(before)
    told = Reasons(settings).of(caught.value)
    assert told.startswith("MlflowException: ")
    assert "Connection refused" in told
    for secret in ("127.0.0.1", str(port), "0x"):
        assert secret not in told
    assert f"127.0.0.1:{port}" in Reasons(settings).for_log(caught.value)


def test_what_sqlite_says_names_no_path(tmp_path: Path) -> None:
    (tmp_path / "mlops.db").mkdir()
    settings = make_settings(tmp_path)
    engine = connect(settings.database_url)
    with pytest.raises(SQLAlchemyError) as caught:
        published(engine)
    engine.dispose()
    told = Reasons(settings).of(caught.value)
    assert told == "OperationalError: (sqlite3.OperationalError) unable to open database file"
    assert str(tmp_path) not in told
