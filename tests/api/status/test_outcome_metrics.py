"""Live accuracy as metrics: of the served version and the newest ones, beside what was promised."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.status.outcome_metrics import LIVE, MOST_VERSIONS
from quantity.db.monitoring_tables import ASKED, BASELINE_PREFIXES, REPLAYED
from quantity.outcomes import live_metrics
from tests.support.api.small_market import model_in_memory
from tests.support.outcomes.known_outcomes import hand_over, known_outcomes, promotion, without_orders
from tests.support.outcomes.table_rows import LAST_DAY, SCORED_AT

if TYPE_CHECKING:
    from prometheus_client.samples import Sample

    from quantity.settings import Settings
    from tests.support.api.apps import App

PROMISED = {"test_score": 0.5, "test_score_spread": 0.05, "test_coverage": 0.81}


def samples(app: App, *names: str) -> list[Sample]:
    """All samples of the series whose names begin so."""
    families = text_string_to_metric_families(app.client.get("/metrics").text)
    return [sample for family in families for sample in family.samples if sample.name.startswith(names)]


def versions_with_series(app: App) -> set[str]:
    return {sample.labels["version"] for sample in samples(app, "quantity_live_score")}


def serve(app: App, version: str, metrics: dict[str, float]) -> None:
    model = model_in_memory(version)
    app.models.value = replace(model, info=replace(model.info, metrics=metrics))
    app.look()


LIVE_SERIES = ("quantity_live_", "quantity_scor", "quantity_feature_", "quantity_prediction_skew", "quantity_promotion")


def test_before_anything_is_known_there_are_no_series(app: App) -> None:
    assert samples(app, *LIVE_SERIES, "quantity_promised_", "quantity_outcomes_") == []


def test_live_metrics_are_those_of_the_sums(app: App, settings: Settings) -> None:
    outcomes = known_outcomes()
    hand_over(settings, outcomes)

    for window in outcomes.windows:
        labels = {"source": window.source, "version": "1", "days": str(window.days)}
        live = live_metrics(window.sums)
        found = [app.metric(name, **labels) for name in LIVE]
        assert found == [
            live.orders,
            live.score,
            live.wape,
            live.bias,
            live.hit_rate,
            live.typical_hit_rate,
            live.coverage,
        ]
        for name, score in live.baselines.items():
            assert app.metric("quantity_live_baseline_score", baseline=name, **labels) == score
        matched = app.metric("quantity_live_matched_ratio", **labels)
        assert matched == (live.matched_share if window.source == ASKED else None)
    assert len(samples(app, "quantity_live_baseline_score")) == len(outcomes.windows) * len(BASELINE_PREFIXES)


def test_what_is_known_is_read_again_when_it_has_changed(app: App, settings: Settings) -> None:
    hand_over(settings, known_outcomes())
    assert versions_with_series(app) == {"1"}

    hand_over(settings, known_outcomes(["2"]))

    assert versions_with_series(app) == {"2"}


def test_where_nothing_was_ordered_only_counts_are_known(app: App, settings: Settings) -> None:
    hand_over(settings, without_orders(known_outcomes()))

    assert app.metric("quantity_live_orders", source=ASKED, version="1", days="7") == 0
    assert app.metric("quantity_live_matched_ratio", source=ASKED, version="1", days="7") == 0
    assert {sample.name for sample in samples(app, "quantity_live_")} == {
        "quantity_live_orders",
        "quantity_live_matched_ratio",
    }


def test_the_served_version_and_the_newest_ones_have_series(app: App, settings: Settings) -> None:
    hand_over(settings, known_outcomes([str(number) for number in range(1, 13)]))

    assert versions_with_series(app) == {"1", "12", "11", "10", "9"}
    assert len(versions_with_series(app)) == MOST_VERSIONS


def test_what_its_training_promised_is_told_of_the_served_version(app: App) -> None:
    serve(app, "2", PROMISED)

    found = {name: app.metric(f"quantity_promised_{name}", version="2") for name in ("score", "score_spread")}

    assert found == {"score": 0.5, "score_spread": 0.05}
    assert app.metric("quantity_promised_coverage_ratio", version="2") == 0.81
    assert len(samples(app, "quantity_promised_")) == len(PROMISED)


def test_a_version_without_a_test_promises_nothing(app: App) -> None:
    serve(app, "2", {"test_score": float("nan")})

    assert samples(app, "quantity_promised_") == []


def test_times_are_those_of_scoring_and_of_the_last_scored_days(app: App, settings: Settings) -> None:
    hand_over(settings, known_outcomes())

    midnight = dt.datetime.combine(LAST_DAY, dt.time(), dt.UTC).timestamp()
    assert app.metric("quantity_scoring_timestamp_seconds") == SCORED_AT.replace(tzinfo=dt.UTC).timestamp()
    assert app.metric("quantity_scored_until_timestamp_seconds", source=REPLAYED) == midnight
    assert app.metric("quantity_scored_until_timestamp_seconds", source=ASKED) == midnight - 86_400
    assert app.metric("quantity_outcomes_last_look_age_seconds") == pytest.approx(0, abs=60)


def test_without_a_scored_day_there_is_no_time_of_scoring(app: App, settings: Settings) -> None:
    hand_over(settings, replace(known_outcomes(), scored_at=None, scored_until={}, windows=()))

    assert samples(app, "quantity_scor", "quantity_live_") == []


def test_drift_and_skew_are_told_by_feature_and_kind(app: App, settings: Settings) -> None:
    hand_over(settings, known_outcomes())

    kinds = ("compared", "same", "horizon", "differing")
    assert [app.metric("quantity_prediction_skew_pairs", kind=kind) for kind in kinds] == [900, 880, 15, 5]
    name = "quantity_feature_stability_index"
    assert app.metric(name, population="asked", feature="days_since_last") == 0.31
    assert app.metric(name, population="latest", feature="days_since_last") == 0.12


def test_a_version_promoted_twice_has_the_time_of_the_later_one(app: App, settings: Settings) -> None:
    moves = (promotion(3, "1"), promotion(2, "2"), promotion(1, "1"))
    hand_over(settings, replace(known_outcomes(), promotions=moves))

    found = {version: app.metric("quantity_promotion_timestamp_seconds", version=version) for version in ("1", "2")}

    assert found == {
        version: (SCORED_AT + dt.timedelta(days=days)).replace(tzinfo=dt.UTC).timestamp()
        for version, days in (("1", 3), ("2", 2))
    }
