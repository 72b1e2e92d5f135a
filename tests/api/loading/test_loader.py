"""The loader's work: what it checks before it copies, and how it notices that it hangs."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from api.loading import loader as loader_module
from api.loading.contents import INFO_FILE, read_snapshot_info
from api.loading.local_copy import MODEL, SNAPSHOT
from local_servers.waiting import wait_until
from tests.support.api.apps import App, loaded_app
from tests.support.api.small_market import EARLY_DAYS, model_in_memory, snapshot_in_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.loading.loader import Loader
    from quantity.settings import Settings


@pytest.fixture
def app(settings: Settings) -> App:
    app = loaded_app(settings)
    app.look()
    return app


def failure_of(app: App, part: str) -> str:
    failure = app.loader.work.status().of(part).failure
    assert failure is not None
    return failure.reason


def test_each_status_has_another_beat(app: App) -> None:
    loader = app.loader.work
    assert len({loader.status().beat for _ in range(3)}) == 3


def test_a_change_is_told(app: App) -> None:
    loader = app.loader.work
    loader.status()
    assert not loader.changed.is_set()

    loader.look()

    assert loader.changed.is_set()


def test_a_model_that_answers_nonsense_is_not_copied(app: App) -> None:
    good = model_in_memory("2")
    forest = good.compiled.forest
    nonsense = replace(good.compiled, forest=forest._replace(base=forest.base * np.nan))
    app.models.value = replace(good, compiled=nonsense)

    app.look()

    assert "CheckFailedError" in failure_of(app, MODEL)
    assert app.client.get("/quantity/model").json()["version"] == "1"


def test_a_snapshot_that_is_not_what_was_published_is_not_copied(app: App) -> None:
    snapshot = snapshot_in_memory("b", EARLY_DAYS)
    info = replace(snapshot.info, pair_rows=snapshot.info.pair_rows + 1)
    app.snapshots.value = replace(snapshot, features=replace(snapshot.features, info=info))

    app.look()

    assert "pairs" in failure_of(app, SNAPSHOT)
    assert app.client.get("/quantity/model").json()["features"]["publication"] == "a"


def test_a_copy_without_text_ids_gives_way_to_one_with_them(app: App) -> None:
    """An earlier version of the project made it of the same publication."""
    before = app.loader.copies.part(SNAPSHOT)
    assert before is not None
    content = json.loads((before / INFO_FILE).read_bytes())
    content["arrays"] = {name: place for name, place in content["arrays"].items() if "_key." not in name}
    (before / INFO_FILE).write_text(json.dumps(content), encoding="utf-8")

    app.look()

    after = app.loader.copies.part(SNAPSHOT)
    assert after is not None
    assert read_snapshot_info(after).identity == "a"
    assert app.client.get("/healthcheck/ready").status_code == 200


def test_a_damaged_copy_does_not_stop_what_comes_next(app: App) -> None:
    folder = app.loader.copies.part(SNAPSHOT)
    assert folder is not None
    for file in folder.iterdir():
        # In place of the file, not in it: what is in service is mapped into memory.
        file.unlink()
        file.write_bytes(b"")

    app.models.value = model_in_memory("2", seed=1)
    app.loader.work.snapshot.look()
    app.look()

    report = app.client.get("/quantity/model").json()
    assert (report["version"], report["features"]["publication"], report["errors"]) == ("2", "a", {})


@pytest.fixture
def held_up(app: App) -> Iterator[threading.Event]:
    """A load of a model that goes on until the event is set."""
    loading, go_on = threading.Event(), threading.Event()

    def hold_up() -> None:
        loading.set()
        go_on.wait()

    app.models.value, app.models.on_load = model_in_memory("2"), hold_up
    thread = threading.Thread(target=app.loader.work.model.look)
    thread.start()
    assert loading.wait(10)
    yield go_on
    go_on.set()
    thread.join()


def with_longest_load(loader: Loader, seconds: float) -> None:
    loader._settings = loader._settings.model_copy(update={"api_load_seconds": seconds})


def test_a_load_that_takes_longer_than_it_may_is_overdue(app: App, held_up: threading.Event) -> None:
    loader = app.loader.work
    assert loader.overdue() is None

    with_longest_load(loader, 0.01)
    wait_until(lambda: loader.overdue() is not None, "it is overdue")
    assert loader.overdue() == "loading a model takes more than 0.01 seconds"

    held_up.set()
    wait_until(lambda: loader.overdue() is None, "it is over")


def test_a_look_that_takes_longer_than_it_may_is_overdue(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    loader = app.loader.work
    seen: list[str | None] = []

    def identity_after_a_while(version: str) -> str:
        monkeypatch.setattr(loader_module, "LOOK_SECONDS", 0.0)
        wait_until(lambda: loader.overdue() is not None, "it is overdue")
        seen.append(loader.overdue())
        return version

    monkeypatch.setattr(app.models, "identity", identity_after_a_while)
    loader.model.look()

    assert seen == ["a look for a new model takes more than 0 seconds"]
