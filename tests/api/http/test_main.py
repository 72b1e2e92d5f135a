"""A life of the real process, from before the first model to a restart without its sources."""

from __future__ import annotations

import json
import signal
import socket
from typing import TYPE_CHECKING, Any

from tests.support.api.apps import make_settings
from tests.support.api.embedded_servers import LiveDatabase, LiveRegistry
from tests.support.api.service_process import DEADLINE, running_process
from tests.support.api.small_market import body_of, pairs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.api.embedded_servers import LoggedModels

REQUEST = body_of(pairs().ordered[:3], date="2024-06-01")


def test_a_life_of_the_service(tmp_path: Path, logged_models: LoggedModels) -> None:
    folder = tmp_path / "local"
    settings = make_settings(folder, api_poll_seconds=0.2)
    logged_models.copy_to(settings)
    with running_process(settings) as process:
        process.wait_for_messages("model not loaded", "snapshot not loaded")
        assert process.client.get("/healthcheck/ping").status_code == 200
        assert process.client.post("/quantity/predict", json=REQUEST).status_code == 503
        assert any(line.get("documentation", "").endswith("/documentation") for line in process.lines)

        LiveDatabase(settings).publish()
        registry = LiveRegistry(settings, logged_models)
        registry.promote(registry.register("good"))
        process.wait_for_messages("model in service", "snapshot in service")
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
    with running_process(settings) as process:
        process.wait_for_messages("model in service", "snapshot in service")
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
