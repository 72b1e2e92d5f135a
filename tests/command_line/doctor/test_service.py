"""The service's part of the report: who has its port, and what it keeps."""

from __future__ import annotations

import http.server
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from local_servers.ports import HOST, free_port
from tests.support.api.service_process import running_process
from tests.support.command_line import diagnose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantity.settings import Settings
    from tests.support.command_line import Line


def on_port(settings: Settings, port: int) -> Settings:
    return settings.model_copy(update={"api_port": port})


@contextmanager
def another_program(body: bytes) -> Iterator[int]:
    """The port of a server that answers everything with this page."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer((HOST, 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def assert_taken(line: Line, port: int) -> None:
    assert (line.state, line.seen.startswith(f"another program listens on {HOST}:{port}; ")) == ("fault", True), line
    assert f"sport = :{port}" in line.remedy
    assert "API_PORT" in line.remedy


def test_a_free_port_is_well(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    line = diagnose(settings, capsys)["service"][0]
    assert (line.state, line.seen) == (
        "ok",
        f"nobody listens on {HOST}:{settings.api_port}: `quantity serve` would",
    )


@pytest.mark.parametrize("body", [b"<p>hello", b'{"status": "UP"}', b"[]", b"\xff"])
def test_a_port_of_another_program_is_a_fault(
    body: bytes, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with another_program(body) as port:
        assert_taken(diagnose(on_port(settings, port), capsys)["service"][0], port)


def test_a_program_that_says_nothing_is_given_up(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server((HOST, 0)) as silent:
        port = silent.getsockname()[1]
        line = diagnose(on_port(settings, port), capsys)["service"][0]
    assert_taken(line, port)
    assert "timed out" in line.seen


def test_an_address_that_this_machine_has_not_is_a_fault(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    line = diagnose(settings.model_copy(update={"api_host": "192.0.2.1"}), capsys)["service"][0]
    assert (line.state, "cannot listen on 192.0.2.1:" in line.seen) == ("fault", True), line
    assert "API_HOST" in line.remedy


def test_a_service_without_a_model_is_told_with_its_reasons(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_process(settings.model_copy(update={"api_poll_seconds": 0.2})) as process:
        process.wait_for_messages("model not loaded", "snapshot not loaded")
        line = diagnose(on_port(settings, process.port), capsys)["service"][0]
    assert line.state == "fault"
    assert line.seen.startswith(f"the service on {HOST}:{process.port} is not ready: ")
    assert "model version none, snapshot as of none" in line.seen


def test_a_service_that_is_ready_is_told_with_what_it_serves(
    healthy: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_process(healthy) as process:
        process.wait_for_messages("model in service", "snapshot in service")
        settings = on_port(healthy, process.port)
        report = diagnose(settings.model_copy(update={"api_host": "0.0.0.0"}), capsys)
    assert report.code == 0, report.text
    assert report["service"][0].seen.startswith(
        f"the service on {HOST}:{process.port} is ready: model version 1, snapshot as of 20"
    )
    compiled = report["service"][1].seen
    assert compiled.endswith(": version 1")
    assert f"compiled in {healthy.local_dir / 'serving'}/" in compiled


def test_a_local_copy_that_is_damaged_is_told(healthy: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with running_process(healthy) as process:
        process.wait_for_messages("model in service", "snapshot in service")
    (info,) = healthy.local_dir.glob("serving/*/*/model/info.json")
    info.write_text("{")
    line = diagnose(on_port(healthy, free_port()), capsys).only("service", "warning")
    assert "info.json is damaged" in line.seen
    assert line.remedy == f"`rm -r {info.parents[1]}`: the service writes another"
