"""The service on the real registry and database, from nothing to rollback; and without either."""

from __future__ import annotations

import shutil
import socket
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from api.loading.local_copy import copies_folder
from api.status.reports import ModelResponse, ReadyResponse
from quantity.raw import key_frame
from tests.support.api import apps
from tests.support.api.apps import live_app, loaded_app, make_settings
from tests.support.api.small_market import EARLY_DAYS, body_of, feature_set, pairs, raw_tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from quantity.settings import Settings
    from tests.support.api.embedded_servers import LiveDatabase, LiveRegistry

REQUEST = body_of(pairs().ordered, date="2024-06-01")


class Running:
    """A started service; its loader runs in this process."""

    def __init__(self, settings: Settings) -> None:
        self.app = live_app(settings)
        self.client = self.app.client

    def look(self) -> ModelResponse:
        """Poll both sources now; the result is what `GET /quantity/model` says then."""
        self.app.look()
        return self.model()

    def model(self) -> ModelResponse:
        return ModelResponse.model_validate_json(self.client.get("/quantity/model").content, strict=True)

    def ready(self) -> tuple[int, ReadyResponse]:
        answer = self.client.get("/healthcheck/ready")
        return answer.status_code, ReadyResponse.model_validate_json(answer.content, strict=True)

    def predictions(self) -> list[int]:
        answer = self.client.post("/quantity/predict", json=REQUEST)
        assert answer.status_code == 200, answer.text
        predictions: list[int] = answer.json()["predictions"]
        return predictions

    def failures(self, source: str) -> float | None:
        return self.app.metric("quantity_reload_failures_total", source=source)


@contextmanager
def running(settings: Settings) -> Iterator[Running]:
    service = Running(settings)
    with service.client:
        service.look()
        yield service


def test_it_starts_with_nothing_and_picks_up_what_appears(
    live_settings: Settings, registry: LiveRegistry, database: LiveDatabase
) -> None:
    registry.lose()
    with running(live_settings) as service:
        answer = service.client.post("/quantity/predict", json=REQUEST)
        assert answer.status_code == 503
        assert "python preprocess.py && python train.py" in answer.json()["detail"]
        assert int(answer.headers["retry-after"]) >= 1
        assert service.ready()[0] == 503
        assert service.client.get("/quantity/model").status_code == 503

        database.publish()
        assert service.look().features is not None
        status, ready = service.ready()
        assert (status, len(ready.reasons)) == (503, 1)
        assert "no model yet" in ready.reasons[0]

        registry.begin()
        version = registry.register("good")
        service.look()
        assert "has the alias" in service.ready()[1].reasons[0]
        command = f"`python -m training.promote {version}`"
        assert command in service.ready()[1].reasons[0]
        assert command in service.client.post("/quantity/predict", json=REQUEST).json()["detail"]
        assert command in service.client.get("/quantity/model").json()["detail"]

        registry.promote(version)
        report = service.look()
        assert (report.version, report.source, report.errors, report.detail) == ("1", "registry", {}, None)
        assert report.metrics["bias"] is None
        status, ready = service.ready()
        assert (status, ready.status, ready.reasons, ready.notes) == (200, "ready", [], [])
        assert min(service.predictions()) >= 1


def test_promotion_and_rollback_of_the_model(
    live_settings: Settings, registry: LiveRegistry, database: LiveDatabase
) -> None:
    database.publish()
    registry.promote(registry.register("good"))
    with running(live_settings) as service:
        by_first = service.predictions()

        registry.promote(registry.register("other"))
        assert service.look().version == "2"
        assert service.predictions() != by_first

        registry.promote("1")
        assert service.look().version == "1"
        assert service.predictions() == by_first


def test_publishing_and_rollback_of_the_snapshot(
    live_settings: Settings, registry: LiveRegistry, database: LiveDatabase
) -> None:
    database.publish(EARLY_DAYS)
    registry.promote(registry.register("good"))
    with running(live_settings) as service:
        by_early = service.predictions()

        database.publish()
        features = service.look().features
        assert features is not None
        assert features.as_of == feature_set().as_of
        assert service.predictions() != by_early

        database.roll_back()
        features = service.look().features
        assert features is not None
        assert features.as_of == feature_set(EARLY_DAYS).as_of
        assert service.predictions() == by_early


def test_text_ids_come_with_the_snapshot_and_stay_without_the_database(
    live_settings: Settings, registry: LiveRegistry, database: LiveDatabase
) -> None:
    store, product = pairs().ordered[0]
    keyed = replace(
        raw_tables(),
        store_keys=key_frame("store", {"S-001": store}),
        product_keys=key_frame("product", {"85123A": product}),
    )
    database.publish(raw=keyed)
    registry.promote(registry.register("good"))
    asked = {"input": [{"store": "S-001", "product": "85123A"}], "date": "2024-06-01"}
    with running(live_settings) as service:
        before = service.client.post("/quantity/predict", json=asked).json()
        assert (before["items"][0]["store_id"], before["items"][0]["status"]) == (store, "ok")
    for file in live_settings.local_dir.glob("mlops.db*"):
        file.unlink()

    with running(live_settings) as service:
        assert service.client.post("/quantity/predict", json=asked).json() == before


def test_a_removed_alias_takes_the_version_out_of_service_for_good(
    live_settings: Settings, registry: LiveRegistry, database: LiveDatabase
) -> None:
    database.publish()
    registry.promote(registry.register("good"))
    with running(live_settings) as service:
        before = service.predictions()
        registry.remove_alias()
        report = service.look()
        assert (report.version, service.client.post("/quantity/predict", json=REQUEST).status_code) == (None, 503)
        assert f"has the alias '{live_settings.model_alias}'" in (report.detail or "")

    with running(live_settings) as service:
        assert service.ready()[0] == 503
        assert service.model().version is None

        registry.promote("1")
        assert service.look().errors == {}
        assert service.predictions() == before


def test_a_registry_that_has_lost_the_model_takes_nothing_away(
    live_settings: Settings, registry: LiveRegistry, database: LiveDatabase
) -> None:
    database.publish()
    registry.promote(registry.register("good"))
    with running(live_settings) as service:
        before = service.predictions()
        registry.lose()

        report = service.look()

        assert report.version == "1"
        assert "has no model" in report.errors["model"].reason
        assert service.predictions() == before


@pytest.mark.parametrize("bad", ["damaged", "old features"])
def test_a_bad_version_leaves_the_old_one_in_service(
    live_settings: Settings, registry: LiveRegistry, database: LiveDatabase, bad: str
) -> None:
    database.publish()
    registry.promote(registry.register("good"))
    with running(live_settings) as service:
        before = service.predictions()

        registry.promote(registry.register(bad))
        report = service.look()

        assert report.version == "1"
        assert report.errors["model"].version == "2"
        assert "ModelLoadError" in report.errors["model"].reason
        assert service.failures("model") == 1
        assert service.failures("snapshot") == 0
        assert service.predictions() == before
        assert service.ready()[0] == 200

        registry.promote(registry.register("other"))
        assert service.look().version == "3"
        assert service.look().errors == {}


def test_a_half_readable_snapshot_leaves_the_old_one_in_service(
    live_settings: Settings, registry: LiveRegistry, database: LiveDatabase
) -> None:
    database.publish(EARLY_DAYS)
    registry.promote(registry.register("good"))
    with running(live_settings) as service:
        before = service.predictions()
        database.publish()
        database.rename("latest_product", to="latest_product_gone")

        report = service.look()

        assert report.features is not None
        assert report.features.as_of == feature_set(EARLY_DAYS).as_of
        assert "latest_product" in report.errors["snapshot"].reason
        assert service.failures("snapshot") == 1
        assert service.predictions() == before

        database.publish()
        assert service.look().errors == {}


def closed_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
        return port


@pytest.fixture
def dead_settings(tmp_path: Path) -> Settings:
    """A registry and a database that nobody serves."""
    return make_settings(
        tmp_path / "dead",
        mlflow_tracking_uri=f"http://127.0.0.1:{closed_port()}",
        mysql_host="127.0.0.1",
        mysql_port=closed_port(),
        mysql_password="hush-hush",
    )


def test_with_both_servers_down_and_no_copy_it_says_so(dead_settings: Settings) -> None:
    with running(dead_settings) as service:
        status, ready = service.ready()

        assert status == 503
        assert len(ready.reasons) == 2
        assert "MlflowException" in ready.reasons[0]
        assert "OperationalError" in ready.reasons[1]
        assert "hush-hush" not in "".join(ready.reasons + ready.notes)
        assert service.client.post("/quantity/predict", json=REQUEST).status_code == 503
        assert (service.failures("model"), service.failures("snapshot")) > (0, 0)


def test_with_both_servers_down_the_local_copy_serves(
    dead_settings: Settings, live_settings: Settings, registry: LiveRegistry, database: LiveDatabase
) -> None:
    registry.promote(registry.register("good"))
    publication = database.publish().publication
    with running(live_settings) as service:
        assert service.ready()[0] == 200
    shutil.copytree(copies_folder(live_settings), copies_folder(dead_settings))

    with running(dead_settings) as service:
        status, ready = service.ready()
        report = service.model()

        assert status == 200
        assert "the model is served from the local copy" in ready.notes
        assert "the features are served from the local copy" in ready.notes
        assert (report.version, report.source) == ("1", "local copy")
        assert report.features is not None
        assert report.features.publication == publication
        assert set(report.errors) == {"model", "snapshot"}
        assert min(service.predictions()) >= 1


def test_a_restart_without_sources_serves_what_was_served_before(
    live_settings: Settings, registry: LiveRegistry, database: LiveDatabase
) -> None:
    database.publish()
    registry.promote(registry.register("good"))
    with running(live_settings) as service:
        before = service.predictions()
    registry.lose()
    for file in live_settings.local_dir.glob("mlops.db*"):
        file.unlink()

    with running(live_settings) as service:
        assert service.ready()[0] == 200
        assert service.model().source == "local copy"
        assert service.predictions() == before

        # When they are back, they take over.
        registry.begin()
        registry.promote(registry.register("good"))
        database.publish()
        report = service.look()
        assert report.source == "registry"
        assert report.features is not None
        assert report.features.source == "database"
        assert service.ready()[1].notes == []


def test_the_copy_waits_for_the_first_look_but_not_for_long(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with apps.running(loaded_app(settings)):
        pass
    restarted = loaded_app(settings)
    restarted.loader.is_silent = True

    restarted.service.look()
    assert restarted.service.missing() == [
        "starting: the model is not yet loaded",
        "starting: the features are not yet loaded",
    ]

    monkeypatch.setattr("api.service.FIRST_LOOK_SECONDS", 0.0)
    restarted.service.look()
    assert restarted.service.missing() == []
    assert restarted.client.get("/quantity/model").json()["source"] == "local copy"


def test_time_since_a_look_begins_anew_with_each_that_was_answered(settings: Settings) -> None:
    app = loaded_app(settings)
    app.look()
    before = {part: app.service.seconds_since_look(part) for part in ("model", "snapshot")}
    app.models.down = True

    app.look()

    assert app.service.seconds_since_look("model") > before["model"]
    assert app.service.seconds_since_look("snapshot") < app.service.seconds_since_look("model")


def test_a_loader_that_is_started_again_is_no_look_at_the_sources(settings: Settings) -> None:
    app = loaded_app(settings)
    app.look()
    looks = dict(app.service._looks)
    app.loader.is_silent = True

    app.service.look()

    assert app.service._looks == looks
