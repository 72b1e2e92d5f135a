"""An MLflow server that cannot be used is told in one line, soon."""

from __future__ import annotations

import http.server
import os
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from local_servers.ports import HOST, free_port
from quantity.tracking_server import PATIENCE, TrackingServerError, client_variables, ensure_answering, reason_of
from tests.support.faults.mortal_registry import MortalRegistry
from tests.support.settings import settings_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def told(uri: str, folder: Path) -> str:
    """Why the server of this address cannot be used."""
    settings = settings_for(folder).model_copy(update={"mlflow_tracking_uri": uri})
    began = time.monotonic()
    with pytest.raises(TrackingServerError) as caught:
        ensure_answering(settings)
    assert time.monotonic() - began < 30
    assert "\n" not in str(caught.value)
    return str(caught.value)


@contextmanager
def answering(status: int, body: bytes, kind: str = "text/html; charset=utf-8") -> Iterator[str]:
    """The address of a server that answers everything with this page."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer((HOST, 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def choosy_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalRegistry]:
    """A real server that answers to the name localhost alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_SERVER_ALLOWED_HOSTS", "localhost:*")
        server = MortalRegistry(tmp_path_factory.mktemp("mlflow"))
    yield server
    server.stop()


def test_a_real_server_and_a_file_are_used(choosy_server: MortalRegistry, tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    ensure_answering(settings)
    ensure_answering(settings.model_copy(update={"mlflow_tracking_uri": choosy_server.url.replace(HOST, "localhost")}))


def test_a_server_that_refuses_the_name_says_which_setting_of_its_own_to_change(
    choosy_server: MortalRegistry, tmp_path: Path
) -> None:
    """Its health check is green all the same."""
    reason = told(choosy_server.url, tmp_path)
    assert reason.startswith("the server refuses the host '127.0.0.1:")
    assert reason.endswith("': list it in MLFLOW_SERVER_ALLOWED_HOSTS there")


def test_a_server_that_hangs_is_given_up(choosy_server: MortalRegistry, tmp_path: Path) -> None:
    with choosy_server.silent():
        assert "timed out" in told(choosy_server.url, tmp_path)


def test_a_port_that_nobody_listens_on_is_told(tmp_path: Path) -> None:
    reason = told(f"http://mlops:hush-hush@{HOST}:{free_port()}", tmp_path)
    assert reason == "Failed to establish a new connection: [Errno 111] Connection refused"


def test_a_name_that_nobody_has_is_told(tmp_path: Path) -> None:
    assert "resolve" in told("http://nobody.invalid:5000", tmp_path)


def test_a_socket_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as silent:
        assert "timed out" in told(f"http://{HOST}:{silent.getsockname()[1]}", tmp_path)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"<!doctype html>\n<p>hello", "this is no MLflow server: it answers status 200 with text/html"),
        (404, b"<!doctype html>\n<p>nothing here", "this is no MLflow server: it answers status 404 with text/html"),
        (503, b"later\n", "the server fails: it answers status 503 with text/html"),
        (401, b"who\nare you", "the server refuses with status 401: set MLFLOW_TRACKING_USERNAME and"),
    ],
)
def test_a_server_of_another_kind_is_told(tmp_path: Path, status: int, body: bytes, expected: str) -> None:
    with answering(status, body) as address:
        assert told(address, tmp_path).startswith(expected)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("mysql://db/mlflow", "No module named 'MySQLdb'"),
        (f"mysql+pymysql://u:hush-hush@{HOST}:1/mlflow", "Connection refused"),
        ("sqlite:////proc/nope/mlflow.db", "No such file or directory"),
    ],
)
def test_a_store_that_cannot_be_opened_is_told(tmp_path: Path, uri: str, expected: str) -> None:
    reason = told(uri, tmp_path)
    assert expected in reason
    assert "hush" not in reason


def test_a_long_reason_of_many_lines_is_a_short_line() -> None:
    reason = reason_of(ValueError("see http://u:hush@host/\n" + "a\n" * 1000))
    assert reason.startswith("see http://host/ a a")
    assert len(reason) <= 300


def test_the_clients_patience_is_limited_for_a_while_unless_the_environment_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in PATIENCE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    before = dict(os.environ)
    with client_variables():
        assert {name: os.environ[name] for name in PATIENCE} == PATIENCE | {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
    assert dict(os.environ) == before
