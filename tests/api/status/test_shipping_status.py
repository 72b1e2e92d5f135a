"""What the loader tells of the prediction log's way to the database, as readiness and metrics tell it on."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from api.loading.status import Failure, Kind, ShippingStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.api.apps import App

NOW = dt.datetime.now(dt.UTC)
FAILURE = Failure("OperationalError: gone", None, NOW, Kind.ERROR)
METRICS = (
    "quantity_log_shipped_pairs_total",
    "quantity_log_waiting_bytes",
    "quantity_log_failing",
)


@pytest.fixture
def tell(app: App, monkeypatch: pytest.MonkeyPatch) -> Callable[[ShippingStatus], None]:
    """Lets the loader say how shipping stands."""

    def told(shipping: ShippingStatus) -> None:
        status = app.loader.work.status
        monkeypatch.setattr(app.loader, "watch", lambda: replace(status(), shipping=shipping))
        app.service.look()

    return told


def test_a_failure_is_told_and_the_service_stays_ready(app: App, tell: Callable[[ShippingStatus], None]) -> None:
    tell(ShippingStatus(failure=FAILURE))
    answer = app.client.get("/healthcheck/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert "prediction log: OperationalError: gone" in answer.json()["notes"]
    assert app.client.get("/quantity/model").json()["errors"].keys() == {"prediction log"}

    tell(ShippingStatus())
    assert app.client.get("/healthcheck/ready").json()["notes"] == []


def test_segments_that_were_set_aside_are_told_until_they_are_removed(
    app: App, tell: Callable[[ShippingStatus], None]
) -> None:
    tell(ShippingStatus(refused_segments=2))
    answer = app.client.get("/healthcheck/ready")
    assert (answer.status_code, answer.json()["notes"]) == (200, ["prediction log: 2 segments refused"])


def test_all_metrics_begin_at_0(app: App) -> None:
    assert [app.metric(name) for name in (*METRICS, "quantity_log_waiting_seconds")] == [0, 0, 0, 0]
    assert [app.metric("quantity_log_lost_pairs_total", reason=r) for r in ("buffer", "disk", "limit", "refused")] == [
        0
    ] * 4


def test_metrics_are_what_the_loader_tells(app: App, tell: Callable[[ShippingStatus], None]) -> None:
    since = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
    tell(ShippingStatus(7, 3, 2, 1, 4096, since, FAILURE))

    assert [app.metric(name) for name in METRICS] == [7, 4096, 1]
    age = app.metric("quantity_log_waiting_seconds")
    assert age is not None
    assert 300 <= age <= (dt.datetime.now(dt.UTC) - since).total_seconds()
    assert app.metric("quantity_log_lost_pairs_total", reason="limit") == 3
    assert app.metric("quantity_log_lost_pairs_total", reason="refused") == 2
