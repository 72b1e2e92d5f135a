"""The metrics: their names and labels are what dashboards and alerts are written against."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.parser import text_string_to_metric_families
from prometheus_fastapi_instrumentator import metrics as instrumentators

from api.status.http_metrics import DURATION_BUCKETS, DefaultMetrics
from api.status.prediction_metrics import CASES_BUCKETS, BulkHistogram, PredictionMetrics
from quantity.online.kernel import OK
from quantity.online.predictor import Predictions
from tests.support.api.apps import loaded_app
from tests.support.api.small_market import UNKNOWN_STORE, body_of, feature_set, model_in_memory, pairs

if TYPE_CHECKING:
    from prometheus_client import Metric

    from quantity.settings import Settings
    from tests.support.api.apps import App

URL = "/quantity/predict"


def families(app: App) -> dict[str, Metric]:
    answer = app.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def count(app: App, handler: str, method: str, status: str) -> float | None:
    return app.metric("http_requests_total", handler=handler, method=method, status=status)


def bounds(family: Metric) -> set[str]:
    return {sample.labels["le"] for sample in family.samples if "le" in sample.labels}


NAMES = {
    "http_requests": ("counter", {"handler", "method", "status"}),
    "http_request_duration_seconds": ("histogram", {"handler", "method"}),
    "http_request_duration_highr_seconds": ("histogram", set()),
    "http_request_size_bytes": ("summary", {"handler"}),
    "http_response_size_bytes": ("summary", {"handler"}),
    "quantity_predictions": ("counter", {"status", "model_version"}),
    "quantity_predicted_cases": ("histogram", set()),
    "quantity_request_pairs": ("histogram", set()),
    "quantity_model_info": ("gauge", {"name", "version", "alias"}),
    "quantity_model_loaded_timestamp_seconds": ("gauge", set()),
    "quantity_features_as_of_timestamp_seconds": ("gauge", set()),
    "quantity_features_age_seconds": ("gauge", set()),
    "quantity_reloads": ("counter", {"source"}),
    "quantity_reload_failures": ("counter", {"source"}),
    "quantity_local_copy_failures": ("counter", {"source"}),
    "quantity_local_copy_failing": ("gauge", set()),
    "quantity_reload_failing": ("gauge", {"source"}),
    "quantity_source_last_look_age_seconds": ("gauge", {"source"}),
    "quantity_loader_starts": ("counter", set()),
    "quantity_ready": ("gauge", set()),
    "process_resident_memory_bytes": ("gauge", set()),
    "process_open_fds": ("gauge", set()),
    "python_info": ("gauge", {"implementation", "major", "minor", "patchlevel", "version"}),
}


STOCK_QUERIES = (
    "http_requests_total",
    'http_requests_total{status="2xx"}',
    'http_requests_total{status="5xx"}',
    "http_request_duration_seconds_sum",
    "http_request_duration_seconds_count",
    "http_request_duration_seconds_bucket",
    "http_request_duration_highr_seconds_bucket",
    "http_request_size_bytes_sum",
    "http_response_size_bytes_sum",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
)
"""What public dashboards for the instrumentator's metrics select."""


@pytest.mark.parametrize("name", NAMES)
def test_every_metric_has_its_name_type_and_labels(shared_app: App, name: str) -> None:
    shared_app.client.post(URL, json=body_of(pairs().ordered[:3]))
    kind, labels = NAMES[name]

    family = families(shared_app)[name]

    assert family.type == kind
    assert {label for sample in family.samples for label in sample.labels} - {"le"} == labels
    assert family.documentation


def test_the_buckets_are_those_of_the_dashboards(shared_app: App) -> None:
    shared_app.client.post(URL, json=body_of(pairs().ordered[:3]))
    found = families(shared_app)

    assert bounds(found["http_request_duration_seconds"]) == {
        *("0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "+Inf")
    }
    assert bounds(found["quantity_predicted_cases"]) == {
        *("1.0", "2.0", "3.0", "4.0", "6.0", "8.0", "12.0", "18.0", "24.0", "36.0", "48.0", "72.0", "96.0", "144.0"),
        "+Inf",
    }
    assert bounds(found["quantity_request_pairs"]) == {
        *("1.0", "3.0", "10.0", "30.0", "100.0", "300.0", "1000.0", "3000.0", "10000.0", "+Inf")
    }


async def fails() -> None:
    raise ZeroDivisionError


def test_requests_are_counted_by_route_and_status_group(app: App) -> None:
    app.api.add_api_route("/fails", fails)
    app.client.post(URL, json=body_of(pairs().ordered[:3]))
    app.client.post(URL, json={})
    app.client.get(URL)
    app.client.get("/fails")

    assert count(app, URL, "POST", "2xx") == 1
    assert count(app, URL, "POST", "4xx") == 1
    assert count(app, URL, "GET", "4xx") == 1
    assert count(app, "/fails", "GET", "5xx") == 1
    assert app.metric("http_request_duration_seconds_count", handler=URL, method="POST") == 2


def test_paths_of_no_route_make_one_series_together(app: App) -> None:
    for path in ("/wp-login.php", "/a/b/c", "/quantity/predict/1", "/%00", "/quantity/predict/%2e%2e"):
        app.client.get(path)

    handlers = {sample.labels["handler"] for sample in families(app)["http_requests"].samples}

    assert count(app, "none", "GET", "4xx") == 5
    assert handlers <= {"none", URL, "/metrics", "/healthcheck/ping"}


def test_a_route_is_found_whatever_was_asked_before(app: App) -> None:
    for _ in range(2):
        app.client.get(URL + "/")
        app.client.get("/healthcheck/ping")
        app.client.get("/nothing")

    assert count(app, "/healthcheck/ping", "GET", "2xx") == 2
    assert count(app, "none", "GET", "4xx") == 2


@pytest.mark.parametrize("query", STOCK_QUERIES)
def test_the_series_of_public_dashboards_are_there(app: App, query: str) -> None:
    app.api.add_api_route("/fails", fails)
    app.client.post(URL, json=body_of(pairs().ordered[:3]))
    app.client.get("/fails")
    name, _, selected = query.rstrip("}").partition("{")
    labels = dict(part.split("=") for part in selected.replace('"', "").split(",") if part)

    samples = [
        sample
        for family in families(app).values()
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]

    assert sum(sample.value for sample in samples) > 0


def test_the_metrics_are_the_instrumentators_default_ones() -> None:
    own, default = CollectorRegistry(), CollectorRegistry()
    DefaultMetrics(own)
    instrumentators.default(registry=default, latency_lowr_buckets=DURATION_BUCKETS)

    found, expected = ({family.name: family.type for family in registry.collect()} for registry in (own, default))

    assert found == expected


def test_sizes_are_those_of_the_bodies(app: App) -> None:
    answer = app.client.post(URL, json=body_of(pairs().ordered[:3]))
    sent = int(answer.request.headers["content-length"])

    assert app.metric("http_request_size_bytes_sum", handler=URL) == sent
    assert app.metric("http_response_size_bytes_sum", handler=URL) == len(answer.content)


def test_predictions_are_counted_by_status_and_version(app: App) -> None:
    wanted = [*pairs().ordered[:3], *pairs().never_ordered[:2], (UNKNOWN_STORE, 101), (1, 9999), (2, 9999)]
    predictions = [p for p in app.client.post(URL, json=body_of(wanted)).json()["predictions"] if p is not None]
    app.models.value = model_in_memory("2", seed=1)
    app.look()
    app.client.post(URL, json=body_of(wanted[:1]))

    counts = {
        (status, version): app.metric("quantity_predictions_total", status=status, model_version=version)
        for status in ("ok", "cold_start", "unknown_store", "unknown_product")
        for version in ("1", "2")
    }
    assert counts == {
        ("ok", "1"): 3,
        ("cold_start", "1"): 2,
        ("unknown_store", "1"): 1,
        ("unknown_product", "1"): 2,
        ("ok", "2"): 1,
        ("cold_start", "2"): None,
        ("unknown_store", "2"): None,
        ("unknown_product", "2"): None,
    }
    assert app.metric("quantity_predicted_cases_count") == len(predictions) + 1
    assert app.metric("quantity_request_pairs_count") == 2
    assert app.metric("quantity_request_pairs_sum") == len(wanted) + 1


def test_the_bulk_histogram_counts_as_the_client_librarys_does() -> None:
    values = np.random.default_rng(1).integers(1, 200, 1000)
    registry = CollectorRegistry()
    bulk = BulkHistogram(CASES_BUCKETS)
    single = Histogram("values", "x", buckets=CASES_BUCKETS, registry=registry)

    for part in np.array_split(values, 7):
        bulk.observe(part)
    for value in values.tolist():
        single.observe(value)
    bulk.observe(np.array([], dtype=np.int64))

    (expected,) = registry.collect()
    found = HistogramMetricFamily("values", "x")
    bulk.add_to(found)
    assert [(s.name, s.labels, s.value) for s in found.samples] == [
        (s.name, s.labels, s.value) for s in expected.samples if not s.name.endswith("_created")
    ]


@pytest.mark.parametrize("requests", [1, 999, 1000, 2500])
def test_every_request_is_counted_whenever_the_metrics_are_read(requests: int) -> None:
    registry = CollectorRegistry()
    metrics = PredictionMetrics(registry)
    one = Predictions(np.array([[1, 101, OK, 6, 4, 2, 9]]))
    for _ in range(requests):
        metrics.observe(one, "1")

    for _ in range(2):
        found = {sample.name: sample.value for family in registry.collect() for sample in family.samples}
        assert found["quantity_predictions_total"] == requests
        assert found["quantity_request_pairs_count"] == requests
        assert found["quantity_predicted_cases_sum"] == 6 * requests


def test_only_the_served_version_has_its_info(app: App) -> None:
    app.models.value = model_in_memory("2", seed=1)
    app.look()

    (sample,) = families(app)["quantity_model_info"].samples

    assert (sample.labels, sample.value) == ({"name": "quantity", "version": "2", "alias": "champion"}, 1)
    assert app.metric("quantity_reloads_total", source="model") == 2
    assert app.metric("quantity_reloads_total", source="snapshot") == 1


def test_times_are_of_the_model_and_the_features(app: App) -> None:
    midnight = dt.datetime.combine(feature_set().as_of, dt.time(), dt.UTC).timestamp()
    loaded = app.metric("quantity_model_loaded_timestamp_seconds")
    age = app.metric("quantity_features_age_seconds")

    assert app.metric("quantity_features_as_of_timestamp_seconds") == midnight
    assert age == pytest.approx(time.time() - midnight, abs=60)
    assert loaded == pytest.approx(time.time(), abs=600)
    assert app.metric("quantity_ready") == 1


def test_without_a_model_and_features_theirs_are_absent_and_counters_are_0(waiting_app: App) -> None:
    found = families(waiting_app)

    assert waiting_app.metric("quantity_ready") == 0
    assert not {
        "quantity_model_info",
        "quantity_model_loaded_timestamp_seconds",
        "quantity_features_as_of_timestamp_seconds",
        "quantity_features_age_seconds",
    } & set(found)
    for name in ("quantity_reloads_total", "quantity_reload_failures_total", "quantity_local_copy_failures_total"):
        for source in ("model", "snapshot"):
            assert waiting_app.metric(name, source=source) == 0


def test_each_app_counts_for_itself(settings: Settings, app: App) -> None:
    app.client.get("/healthcheck/ping")
    other = loaded_app(settings)

    labels = {"handler": "/healthcheck/ping", "method": "GET", "status": "2xx"}
    assert app.metric("http_requests_total", **labels) == 1
    assert other.metric("http_requests_total", **labels) is None
