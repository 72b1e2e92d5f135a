"""What an orchestrator is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.service import NO_SNAPSHOT
from api.status.reports import ReadyResponse
from tests.support.api.apps import empty_app
from tests.support.api.small_market import feature_set, model_in_memory, snapshot_in_memory

if TYPE_CHECKING:
    from quantity.settings import Settings
    from tests.support.api.apps import App


def ready(app: App) -> tuple[int, ReadyResponse]:
    answer = app.client.get("/healthcheck/ready")
    return answer.status_code, ReadyResponse.model_validate_json(answer.content, strict=True)


def test_the_process_lives_with_or_without_a_model(waiting_app: App) -> None:
    answer = waiting_app.client.get("/healthcheck/ping")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_before_the_first_look_it_says_that_it_is_starting(settings: Settings) -> None:
    status, response = ready(empty_app(settings))

    assert status == 503
    assert response.reasons == ["starting: the model is not yet loaded", "starting: the features are not yet loaded"]


def test_with_nothing_to_load_it_says_what_to_run(waiting_app: App) -> None:
    status, response = ready(waiting_app)

    assert (status, response.status) == (503, "not ready")
    assert "python train.py" in response.reasons[0]
    assert "python preprocess.py" in response.reasons[1]


def test_with_one_of_both_it_waits_for_the_other(waiting_app: App) -> None:
    waiting_app.models.value = model_in_memory()
    waiting_app.look()
    assert ready(waiting_app)[1].reasons == [NO_SNAPSHOT]

    waiting_app.snapshots.value = snapshot_in_memory()
    waiting_app.look()
    assert ready(waiting_app)[1].reasons == []


def test_without_an_alias_it_says_that_one_is_needed(waiting_app: App) -> None:
    waiting_app.models.lost = False
    waiting_app.look()

    assert ready(waiting_app)[1].reasons[0] == "the model is not loaded: the memory's was taken away"


def test_why_a_load_failed_is_the_reason(waiting_app: App) -> None:
    waiting_app.models.down = True
    waiting_app.look()

    assert ready(waiting_app)[1].reasons[0] == "the model is not loaded: ConnectionError: nobody listens"


def test_a_loader_that_cannot_run_is_the_reason(settings: Settings) -> None:
    app = empty_app(settings)
    app.loader.is_silent, app.loader.trouble = True, "it has ended"
    app.service.look()

    assert ready(app)[1].reasons[0] == (
        "the model is not loaded: the loader is lost, and another one starts: it has ended"
    )


def test_ready_names_what_answers(app: App) -> None:
    status, response = ready(app)

    assert (status, response.status, response.reasons, response.notes) == (200, "ready", [], [])
    assert response.model is not None
    assert response.model.version == "1"
    assert response.as_of == feature_set().as_of


def test_a_source_that_is_down_is_a_note_not_a_reason(app: App) -> None:
    app.snapshots.down = True
    app.look()

    status, response = ready(app)

    assert (status, response.reasons) == (200, [])
    assert response.notes == ["snapshot: ConnectionError: nobody listens"]
