"""How the service is put together."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from api.app import create_app, documentation_url
from local_servers.waiting import wait_until
from tests.support.api.apps import loaded_app, make_settings, running
from tests.support.api.small_market import body_of, model_in_memory, pairs

if TYPE_CHECKING:
    from pathlib import Path

    from quantity.settings import Settings
    from tests.support.api.apps import App


def test_building_an_app_connects_to_nothing_and_writes_nothing(tmp_path: Path) -> None:
    create_app(make_settings(tmp_path / "local"))

    assert list(tmp_path.iterdir()) == []


def test_stopping_ends_the_follower(settings: Settings) -> None:
    with running(loaded_app(settings)):
        assert "follower" in {thread.name for thread in threading.enumerate()}
    assert "follower" not in {thread.name for thread in threading.enumerate()}


def test_the_follower_picks_up_what_appears(settings: Settings) -> None:
    app = loaded_app(settings)
    with running(app):
        app.models.value = model_in_memory("2", seed=1)
        app.loader.work.look()
        wait_until(lambda: app.client.get("/quantity/model").json()["version"] == "2", "version 2 is in service")


@pytest.mark.parametrize(
    ("host", "shown"), [("0.0.0.0", "localhost"), ("127.0.0.1", "127.0.0.1"), ("quantity.example", "quantity.example")]
)
def test_the_documentation_is_where_the_log_says(tmp_path: Path, host: str, shown: str) -> None:
    settings = make_settings(tmp_path, api_host=host, api_port=8123)

    assert documentation_url(settings) == f"http://{shown}:8123/documentation"


def test_it_gets_ready_however_few_pairs_a_request_may_have(tmp_path: Path) -> None:
    app = loaded_app(make_settings(tmp_path, api_max_pairs=1))
    app.look()

    assert app.client.get("/healthcheck/ready").status_code == 200


def test_limits_are_those_of_the_settings(tmp_path: Path) -> None:
    app = loaded_app(make_settings(tmp_path, api_max_pairs=3, api_max_body_bytes=300))
    app.look()

    def status(app: App, number: int) -> int:
        return app.client.post("/quantity/predict", json=body_of(pairs().ordered[:number])).status_code

    assert [status(app, number) for number in (3, 4, 20)] == [200, 422, 413]
