"""How good the answers of the last scored days were, as metrics."""

from __future__ import annotations

import datetime as dt
from math import isnan
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from quantity.db.monitoring_tables import ASKED
from quantity.outcomes import live_metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from prometheus_client import Metric

    from api.service import Service
    from api.serving.halves import ModelInMemory
    from quantity.db.outcomes import Outcomes, Window
    from quantity.outcomes import LiveMetrics

MOST_VERSIONS = 5
"""So many versions have series: the one that is served, and the newest."""

LIVE: dict[str, tuple[str, Callable[[LiveMetrics], float]]] = {
    "quantity_live_orders": ("Orders that the answers were compared with.", lambda live: live.orders),
    "quantity_live_score": ("WAPE + |bias|; lower is better.", lambda live: live.score),
    "quantity_live_wape": ("Sum of absolute errors over the cases ordered.", lambda live: live.wape),
    "quantity_live_bias": ("Cases answered too many, over the cases ordered.", lambda live: live.bias),
    "quantity_live_hit_ratio": ("Share of the orders that were answered exactly.", lambda live: live.hit_rate),
    "quantity_live_typical_hit_ratio": (
        "Share of the orders that the typical number was exactly.",
        lambda live: live.typical_hit_rate,
    ),
    "quantity_live_coverage_ratio": ("Share of the orders inside the range.", lambda live: live.coverage),
}
"""Gauges by source, version and days of the window: name, documentation, value."""

PROMISED = {
    "quantity_promised_score": ("Mean score over the test windows of the version's training.", "test_score"),
    "quantity_promised_score_spread": ("Standard deviation of that score over the windows.", "test_score_spread"),
    "quantity_promised_coverage_ratio": ("Mean coverage over the same windows.", "test_coverage"),
}
"""Gauges of the version that is served: name, documentation, and the metric of its training run."""

_LABELS = ("source", "version", "days")
_Live = tuple[tuple[str, str, str], "LiveMetrics"]


class OutcomeMetrics(Collector):
    """Live accuracy beside what was promised, drift, skew and promotions; what is not known has no series.

    Args:
        service: what is described.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        """The metrics of this moment."""
        model = self._service.memory.contents.model
        outcomes = self._service.monitoring.read()
        if model is not None:
            yield from _promised(model)
        if outcomes is None:
            return
        windows = _windows_shown(outcomes.windows, model.version if model is not None else None)
        yield from _live([((w.source, w.model_version, str(w.days)), live_metrics(w.sums)) for w in windows])
        yield from _scoring(outcomes)
        yield from _comparisons(outcomes)
        yield _promotions(outcomes)
        yield GaugeMetricFamily(
            "quantity_outcomes_last_look_age_seconds",
            "Time since the database has last told the loader what came of the answers.",
            value=self._service.monitoring.seconds_since_look(),
        )


def _promised(model: ModelInMemory) -> Iterator[Metric]:
    for name, (documentation, measured) in PROMISED.items():
        value = model.info.metrics.get(measured, float("nan"))
        yield _gauges(name, documentation, ("version",), [((model.version,), value)])


def _windows_shown(windows: Sequence[Window], served: str | None) -> list[Window]:
    """Those of the served version, and of the newest ones."""
    by_age = sorted({window.model_version for window in windows}, key=lambda version: _age(version, served))
    return [window for window in windows if window.model_version in by_age[:MOST_VERSIONS]]


def _age(version: str, served: str | None) -> tuple[bool, int]:
    return version != served, -int(version) if version.isdecimal() else 0


def _live(live: Sequence[_Live]) -> Iterator[Metric]:
    for name, (documentation, value) in LIVE.items():
        yield _gauges(name, documentation, _LABELS, [(labels, value(metrics)) for labels, metrics in live])
    yield _gauges(
        "quantity_live_matched_ratio",
        "Share of the answered pairs that were ordered.",
        _LABELS,
        [(labels, metrics.matched_share) for labels, metrics in live if labels[0] == ASKED],
    )
    yield _gauges(
        "quantity_live_baseline_score",
        "The score of each baseline on the same orders.",
        (*_LABELS, "baseline"),
        [((*labels, name), score) for labels, metrics in live for name, score in metrics.baselines.items()],
    )


def _scoring(outcomes: Outcomes) -> Iterator[Metric]:
    if outcomes.scored_at is not None:
        yield GaugeMetricFamily(
            "quantity_scoring_timestamp_seconds",
            "When a day was scored last, in seconds since 1970-01-01.",
            value=_timestamp(outcomes.scored_at),
        )
    yield _gauges(
        "quantity_scored_until_timestamp_seconds",
        "Start of the last scored day, in seconds since 1970-01-01.",
        ("source",),
        [((source,), _timestamp(dt.datetime.combine(day, dt.time()))) for source, day in outcomes.scored_until.items()],
    )


def _comparisons(outcomes: Outcomes) -> Iterator[Metric]:
    yield _gauges(
        "quantity_feature_stability_index",
        "Population stability index of the most drifted features, beside the training reference.",
        ("population", "feature"),
        [((each.population, each.feature), each.stability_index) for each in outcomes.drift],
    )
    skew = outcomes.skew
    if skew is not None:
        kinds = {"compared": skew.compared, "same": skew.same, "horizon": skew.horizon, "differing": skew.differing}
        yield _gauges(
            "quantity_prediction_skew_pairs",
            "Logged answers of the last 28 days that were computed again, all and by what came of it.",
            ("kind",),
            [((kind,), pairs) for kind, pairs in kinds.items()],
        )


def _promotions(outcomes: Outcomes) -> Metric:
    # Newest first: of two promotions of a version the later one counts.
    latest = {each.to_version: each.promoted_at for each in reversed(outcomes.promotions[:MOST_VERSIONS])}
    return _gauges(
        "quantity_promotion_timestamp_seconds",
        "When the alias was last moved to a version, in seconds since 1970-01-01.",
        ("version",),
        [((version,), _timestamp(at)) for version, at in latest.items()],
    )


def _timestamp(utc: dt.datetime) -> float:
    return utc.replace(tzinfo=dt.UTC).timestamp()


def _gauges(
    name: str, documentation: str, labels: Sequence[str], values: Iterable[tuple[Sequence[str], float]]
) -> GaugeMetricFamily:
    """A gauge with a series for each value that is known."""
    family = GaugeMetricFamily(name, documentation, labels=labels)
    for of_series, value in values:
        if not isnan(value):
            family.add_metric(of_series, value)
    return family
