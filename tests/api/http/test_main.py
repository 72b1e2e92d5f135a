"""A life of the real process, from before the first model to a restart without its sources."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

from tests.support.api.apps import make_settings
from tests.support.api.embedded_servers import LiveDatabase, LiveRegistry
from tests.support.api.service_process import running_process
from tests.support.api.small_market import body_of, pairs
from tests.support.faults.raw_connection import begun

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.api.embedded_servers import LoggedModels

REQUEST = body_of(pairs().ordered[:3], date="2024-06-01")
BODY = json.dumps(REQUEST).encode()


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

        with begun(process.port, len(BODY)) as connection:
            connection.send(BODY[:20])
            process.terminate()
            process.wait_for_messages("Shutting down")
            connection.send(BODY[20:])
            begun_before = connection.answer()
        assert (begun_before.status, json.loads(begun_before.body)) == (200, answer.json())
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
