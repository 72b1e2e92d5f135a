"""What `GET /quantity/model` tells of live accuracy and of promotions."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING

from api.status.reports import ModelResponse
from quantity.db.monitoring_tables import ASKED
from quantity.outcomes import live_metrics
from tests.support.outcomes.known_outcomes import hand_over, known_outcomes, without_orders
from tests.support.outcomes.table_rows import SCORED_AT

if TYPE_CHECKING:
    from quantity.settings import Settings
    from tests.support.api.apps import App


def report(app: App) -> ModelResponse:
    return ModelResponse.model_validate_json(app.client.get("/quantity/model").content, strict=True)


def test_before_anything_is_scored_or_promoted_both_are_empty(app: App) -> None:
    assert (report(app).live, report(app).promotions) == ([], [])


def test_live_accuracy_is_that_of_the_served_version(app: App, settings: Settings) -> None:
    outcomes = known_outcomes(["1", "2"])
    hand_over(settings, outcomes)

    windows = {(each.source, each.days): each.sums for each in outcomes.windows if each.model_version == "1"}
    found = report(app).live

    assert [(each.source, each.days) for each in found] == list(windows)
    for each in found:
        expected = asdict(live_metrics(windows[each.source, each.days]))
        if each.source != ASKED:
            expected["matched_share"] = None
        assert each.model_dump(exclude={"source", "days", "until"}) == expected
        assert each.until == outcomes.scored_until[each.source]


def test_what_no_order_tells_is_null(app: App, settings: Settings) -> None:
    hand_over(settings, without_orders(known_outcomes()))

    first = report(app).live[0]

    assert (first.orders, first.score, first.coverage) == (0, None, None)
    assert set(first.baselines.values()) == {None}


def test_promotions_say_when_which_by_whom_why_and_how_sure(app: App, settings: Settings) -> None:
    hand_over(settings, known_outcomes())

    first, second = report(app).promotions

    assert (first.at, second.at) == tuple(
        (SCORED_AT + dt.timedelta(days=days)).replace(tzinfo=dt.UTC) for days in (2, 1)
    )
    assert (first.from_version, first.to_version, first.by, first.run_id) == ("0", "1", "training", "run-1")
    assert first.why == "score 0.40 beats the champion's"
    assert (first.improvement, first.improvement_low, first.improvement_high, first.level) == (0.02, 0.005, 0.04, 0.9)
    assert first.orders == 900


def test_without_a_model_promotions_are_told_all_the_same(waiting_app: App, settings: Settings) -> None:
    hand_over(settings, known_outcomes())

    found = report(waiting_app)

    assert (found.version, found.live, len(found.promotions)) == (None, [], 2)


def test_the_document_describes_both(app: App) -> None:
    schemas = app.client.get("/openapi.json").json()["components"]["schemas"]

    assert schemas["ModelResponse"]["properties"]["live"]["items"] == {"$ref": "#/components/schemas/Live"}
    assert schemas["ModelResponse"]["properties"]["promotions"]["items"] == {"$ref": "#/components/schemas/Promotion"}
    for name in ("live", "promotions"):
        assert schemas["ModelResponse"]["properties"][name]["description"]
