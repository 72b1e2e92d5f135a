"""The real process: `python -m api` on a port of its own, told by its own log what it is doing."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx2

from tests.api.apps import make_settings
from tests.api.live import LiveDatabase, LiveRegistry
from tests.api.market import body_of, pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.api.live import LoggedModels

DEADLINE = 120.0
REQUEST = body_of(pairs().ordered[:3], date="2024-06-01")

Line = dict[str, Any]


class Process:
    """The service, with all of its settings in one folder."""

    def __init__(self, folder: Path) -> None:
        environment = os.environ | {
            "LOCAL_DIR": str(folder),
            "MYSQL_HOST": "",
            "MLFLOW_TRACKING_URI": "",
            "API_HOST": "127.0.0.1",
            "API_PORT": "0",
            "API_POLL_SECONDS": "0.2",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "api"], env=environment, stdout=subprocess.PIPE, text=True
        )
        self.lines: list[Line] = []
        self._new: queue.Queue[Line] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        running = self.wait_for(lambda line: "running on" in line["message"])["message"]
        self.port = int(running.split("(")[0].rsplit(":", 1)[1])
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=DEADLINE)

    def wait_for(self, wanted: Callable[[Line], bool]) -> Line:
        """The next log line of a kind; every line is JSON."""
        deadline = time.monotonic() + DEADLINE
        while True:
            line = self._new.get(timeout=max(0.0, deadline - time.monotonic()))
            if wanted(line):
                return line

    def wait_for_messages(self, *messages: str) -> None:
        """Wait for all of these messages, in whatever order they come."""
        missing = set(messages)
        while missing:
            missing.discard(self.wait_for(lambda line: line["message"] in missing)["message"])

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def wait_for_end(self) -> int:
        """The exit status; a server that ended as it was told to says which signal told it."""
        self.client.close()
        code = self.process.wait(DEADLINE)
        self._reader.join(DEADLINE)
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stdout:
            for text in stdout:
                line = json.loads(text)
                self.lines.append(line)
                self._new.put(line)


@contextmanager
def running(folder: Path) -> Iterator[Process]:
    process = Process(folder)
    try:
        yield process
    finally:
        process.client.close()
        if process.process.poll() is None:
            process.process.kill()
            process.process.wait(DEADLINE)


def test_a_life_of_the_service(tmp_path: Path, logged_models: LoggedModels) -> None:
    folder = tmp_path / "local"
    settings = make_settings(folder)
    logged_models.copy_to(settings)
    with running(folder) as process:
        process.wait_for_messages("model not loaded", "snapshot not loaded")
        assert process.client.get("/healthcheck/ping").status_code == 200
        assert process.client.post("/quantity/predict", json=REQUEST).status_code == 503
        assert any(line.get("documentation", "").endswith("/documentation") for line in process.lines)

        LiveDatabase(settings).publish()
        registry = LiveRegistry(settings, logged_models)
        registry.promote(registry.register("good"))
        process.wait_for_messages("model loaded", "snapshot loaded")
        answer = process.client.post("/quantity/predict", json=REQUEST, headers={"x-request-id": "first"})
        assert answer.status_code == 200
        assert answer.headers["x-request-id"] == "first"
        line = process.wait_for(lambda line: line.get("request_id") == "first")
        assert (line["level"], line["path"], line["pairs"], line["client"]) == (
            "info",
            "/quantity/predict",
            3,
            "127.0.0.1",
        )

        finish = begin_request(process.port)
        process.terminate()
        process.wait_for_messages("Shutting down")
        assert finish() == answer.json()
        assert process.wait_for_end() == -signal.SIGTERM
        assert process.lines[-1]["message"].startswith("Finished server process")

    for path in (*folder.glob("mlops.db*"), *folder.glob("mlflow.db*")):
        path.unlink()
    with running(folder) as process:
        process.wait_for_messages("model loaded from the local copy", "snapshot loaded from the local copy")
        assert process.client.post("/quantity/predict", json=REQUEST).json() == answer.json()
        assert process.client.get("/quantity/model").json()["source"] == "local copy"
        process.terminate()
        assert process.wait_for_end() == -signal.SIGTERM


def begin_request(port: int) -> Callable[[], Any]:
    """Send half of a request; what is returned sends the rest and reads the answer."""
    body = json.dumps(REQUEST).encode()
    connection = socket.create_connection(("127.0.0.1", port), DEADLINE)
    head = f"POST /quantity/predict HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    connection.sendall(head + body[:20])

    def finish() -> Any:
        with connection:
            connection.sendall(body[20:])
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))
        assert answer.startswith(b"HTTP/1.1 200 ")
        return json.loads(answer.split(b"\r\n\r\n", 1)[1])

    return finish
