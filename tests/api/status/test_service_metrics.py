"""What the metrics tell of loading: counters by source, and what must be mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.loading import local_copy
from tests.support.api.apps import empty_app
from tests.support.api.small_market import model_in_memory

if TYPE_CHECKING:
    import pytest

    from quantity.settings import Settings
    from tests.support.api.apps import App

SOURCES = ("model", "snapshot")
FAILING, AGE, COPY = "quantity_reload_failing", "quantity_source_last_look_age_seconds", "quantity_local_copy_failing"


def test_all_counters_begin_at_nothing(settings: Settings) -> None:
    app = empty_app(settings)

    for name in ("quantity_reloads", "quantity_reload_failures", "quantity_local_copy_failures"):
        assert [app.metric(f"{name}_total", source=source) for source in SOURCES] == [0, 0]


def test_loads_and_failures_are_counted_by_source(app: App) -> None:
    app.models.value = model_in_memory("2", seed=1)
    app.look()
    app.snapshots.down = True
    app.look()

    assert [app.metric("quantity_reloads_total", source=source) for source in SOURCES] == [2, 1]
    assert [app.metric("quantity_reload_failures_total", source=source) for source in SOURCES] == [0, 1]


def test_what_fails_is_failing_until_it_works_again(app: App) -> None:
    assert [app.metric(FAILING, source=source) for source in SOURCES] == [0, 0]
    app.models.down = True
    app.look()
    assert [app.metric(FAILING, source=source) for source in SOURCES] == [1, 0]

    app.models.down = False
    app.look()

    assert [app.metric(FAILING, source=source) for source in SOURCES] == [0, 0]


def test_nothing_to_load_yet_is_no_failure_but_a_lost_registry_is(settings: Settings, app: App) -> None:
    nothing = empty_app(settings.model_copy(update={"local_dir": settings.local_dir / "other"}))
    nothing.look()
    assert [nothing.metric(FAILING, source=source) for source in SOURCES] == [0, 0]

    app.models.value, app.models.lost = None, True
    app.look()

    assert app.metric(FAILING, source="model") == 1


def test_the_age_of_the_last_look_grows_while_the_source_is_down(app: App) -> None:
    app.models.down = True
    before = app.metric(AGE, source="model")
    app.look()
    after = app.metric(AGE, source="model")

    assert before is not None
    assert after is not None
    assert after > before > 0


def test_a_local_copy_that_cannot_be_written_is_told(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    assert app.metric(COPY) == 0
    app.models.value = model_in_memory("2", seed=1)

    def full(_path: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(local_copy, "_sync", full)
        app.look()

    assert (app.metric(COPY), app.metric("quantity_local_copy_failures_total", source="model")) == (1, 1)
    assert app.client.get("/quantity/model").json()["version"] == "1"


def test_starts_of_the_loader_are_counted(app: App) -> None:
    assert app.metric("quantity_loader_starts_total") == app.loader.starts == 1
