"""The committed dashboards: current, complete, and about metrics that exist."""

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.support.containers.panel_queries import panel_queries, panels

ROOT: Final = Path(__file__).parents[2]
GRAFANA: Final = ROOT / "grafana"
PROMETHEUS: Final = ROOT / "prometheus"
FILES: Final = sorted((GRAFANA / "dashboards").glob("*.json"))
DASHBOARDS: Final[dict[str, Any]] = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES}
PANELS: Final = [
    pytest.param(panel, id=f"{name}: {panel['title']}")
    for name, dashboard in DASHBOARDS.items()
    for panel in panels(dashboard)
]
QUERIES: Final = [
    pytest.param(query.expr, id=f"{path.stem}: {query.panel_title}") for path in FILES for query in panel_queries(path)
]

PANEL_TYPES: Final = {"timeseries", "stat", "heatmap", "table", "state-timeline"}
HISTOGRAMS: Final = ("http_request_duration_seconds", "quantity_predicted_cases", "quantity_request_pairs")
SUMMARIES: Final = ("http_request_size_bytes", "http_response_size_bytes")
METRICS: Final = {
    "http_requests_total",
    *(f"{name}_{part}" for name in HISTOGRAMS for part in ("bucket", "sum", "count")),
    *(f"{name}_{part}" for name in SUMMARIES for part in ("sum", "count")),
    "quantity_predictions_total",
    "quantity_model_info",
    "quantity_model_loaded_timestamp_seconds",
    "quantity_features_as_of_timestamp_seconds",
    "quantity_features_age_seconds",
    "quantity_reloads_total",
    "quantity_reload_failures_total",
    "quantity_source_last_look_age_seconds",
    "quantity_ready",
    *(f"quantity_live_{name}" for name in ("orders", "score", "wape", "bias", "baseline_score")),
    *(f"quantity_live_{name}_ratio" for name in ("hit", "typical_hit", "coverage", "matched")),
    "quantity_promised_score",
    "quantity_promised_coverage_ratio",
    "quantity_scored_until_timestamp_seconds",
    *(f"quantity_{name}_pairs_total" for name in ("logged", "log_lost", "log_sampled_out", "log_shipped")),
    "quantity_log_waiting_bytes",
    "quantity_log_waiting_seconds",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
    "process_open_fds",
    "process_start_time_seconds",
    # Prometheus makes these two itself.
    "up",
    "ALERTS",
}


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def provisioned(name: str) -> dict[str, Any]:
    """The one data source of a provisioning file."""
    (source,) = loaded(GRAFANA / "provisioning" / "datasources" / f"{name}.yaml")["datasources"]
    assert isinstance(source, dict)
    return source


def rules(name: str) -> list[dict[str, Any]]:
    return [rule for group in loaded(PROMETHEUS / "rules" / name)["groups"] for rule in group["rules"]]


def metric_names(expr: str) -> set[str]:
    """Return the names in a query that are neither functions, labels nor operators."""
    unquoted = re.sub(r'"[^"]*"', "", expr)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(?:by|on)\s*\([^)]*\)|\boffset -?\w+", " ", unquoted)
    names = re.findall(r"[a-zA-Z_:][\w:]*\b(?!\s*\()", bare)
    return set(names) - {"and", "or", "unless"}


def test_the_committed_files_are_what_the_script_writes() -> None:
    if find_spec("grafana_foundation_sdk") is None and os.environ.get("REQUIRE_SERVERS") != "1":
        pytest.skip("grafana-foundation-sdk is not installed: install the extra `grafana`")
    check = subprocess.run(
        [sys.executable, GRAFANA / "build_dashboards.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stderr


def test_the_dashboards_are_there_under_their_fixed_uids() -> None:
    assert {name: board["uid"] for name, board in DASHBOARDS.items()} == {
        "fastapi": "fastapi",
        "quantity_model": "quantity-model",
        "quantity_outcomes": "quantity-outcomes",
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_input_of_an_import_dialogue_is_left(path: Path) -> None:
    """Grafana resolves `${DS_PROMETHEUS}` only in its dialogue, never in a provisioned file."""
    text = path.read_text(encoding="utf-8")
    assert "${DS_" not in text
    assert "__inputs" not in text


@pytest.mark.parametrize(
    ("name", "refresh"), [("fastapi", "10s"), ("quantity_model", "10s"), ("quantity_outcomes", "5m")]
)
def test_a_dashboard_belongs_to_no_one_database_and_refreshes_itself(name: str, refresh: str) -> None:
    assert DASHBOARDS[name]["id"] is None
    assert DASHBOARDS[name]["refresh"] == refresh


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_have_distinct_ids_and_fill_their_rows_without_overlap(name: str) -> None:
    everything = DASHBOARDS[name]["panels"]
    cells = [
        (x, y)
        for panel in everything
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len({panel["id"] for panel in everything}) == len(everything)
    assert len(set(cells)) == len(cells)
    assert len(cells) == 24 * (1 + max(y for _, y in cells))


@pytest.mark.parametrize("name", DASHBOARDS)
def test_instances_can_be_chosen_and_all_are_at_first(name: str) -> None:
    instance = DASHBOARDS[name]["templating"]["list"][0]
    assert (instance["name"], instance["multi"], instance["includeAll"]) == ("instance", True, True)
    assert instance["current"]["value"] == ["$__all"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_links_lead_to_the_other_dashboards(name: str) -> None:
    others = {f"/d/{board['uid']}" for other, board in DASHBOARDS.items() if other != name}
    assert {link["url"] for link in DASHBOARDS[name]["links"]} == others


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_explains_itself(panel: dict[str, Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    assert panel["type"] in PANEL_TYPES
    assert panel["description"].endswith(".")
    assert defaults["unit"]
    assert defaults["thresholds"]["steps"][0]["value"] is None
    assert defaults["noValue"]


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_asks_the_provisioned_data_sources(panel: dict[str, Any]) -> None:
    prometheus, mysql = (
        {"type": source["type"], "uid": source["uid"]} for source in (provisioned("prometheus"), provisioned("mysql"))
    )
    asked = [target["datasource"] for target in panel["targets"]]
    assert asked == [prometheus if "expr" in target else mysql for target in panel["targets"]]
    both = {"type": "datasource", "uid": "-- Mixed --"}
    assert panel["datasource"] == (both if prometheus in asked and mysql in asked else asked[0])


@pytest.mark.parametrize("expr", QUERIES)
def test_a_query_names_only_metrics_and_recording_rules_that_exist(expr: str) -> None:
    known = METRICS | {rule["record"] for rule in rules("recording.yml")}
    assert metric_names(expr) <= known
    assert metric_names(expr), expr


@pytest.mark.parametrize("expr", QUERIES)
def test_statuses_are_asked_for_as_the_api_groups_them(expr: str) -> None:
    statuses = re.findall(r"http_\w+\{[^}]*status([^,}]*)", expr)
    assert set(statuses) <= {'="2xx"', '="4xx"', '="5xx"'}


@pytest.mark.parametrize("expr", QUERIES)
def test_traffic_leaves_out_probes_and_scrapes(expr: str) -> None:
    selectors = re.findall(r"http_\w+\{([^}]*)\}", expr)
    assert all('handler!~"/metrics|/healthcheck/.*"' in selector for selector in selectors)


@pytest.mark.parametrize(
    ("name", "title", "alert"),
    [
        ("fastapi", "Error share", "QuantityApiErrorRatioHigh"),
        ("fastapi", "p99 duration", "QuantityApiLatencyHigh"),
        ("fastapi", "Duration p50, p90, p99", "QuantityApiLatencyHigh"),
        ("quantity_model", "Feature age", "QuantityFeaturesStale"),
        ("quantity_outcomes", "Bias", "QuantityLiveBiasHigh"),
        ("quantity_outcomes", "Bias of 28 days", "QuantityLiveBiasHigh"),
        ("quantity_outcomes", "Coverage", "QuantityLiveCoverageOff"),
        ("quantity_outcomes", "Coverage of 28 days", "QuantityLiveCoverageOff"),
        ("quantity_outcomes", "Drift of all pairs", "QuantityFeaturesDrifted"),
        ("quantity_outcomes", "Oldest waiting segment", "QuantityLogNotShipped"),
    ],
)
def test_a_panel_turns_red_where_its_alert_begins(name: str, title: str, alert: str) -> None:
    (rule,) = [rule for rule in rules("alerts.yml") if rule["alert"] == alert]
    compared = re.search(r"> ([\d.]+)(?: \* (\d+))?", rule["expr"])
    assert compared is not None
    limit = float(compared[1]) * float(compared[2] or 1)
    limits = [
        panel["fieldConfig"]["defaults"]["thresholds"]["steps"][-1]["value"]
        for panel in panels(DASHBOARDS[name])
        if panel["title"] == title
    ]
    assert limits
    assert set(limits) == {limit}


def test_the_data_source_knows_the_scrape_interval() -> None:
    """Grafana derives `$__rate_interval` from it."""
    source = provisioned("prometheus")
    assert source["jsonData"]["timeInterval"] == loaded(PROMETHEUS / "prometheus.yml")["global"]["scrape_interval"]
    assert source["editable"] is False
    assert source["url"] == "http://prometheus:9090"


def test_the_dashboard_of_days_marks_promotions_and_asks_the_reader_s_data_source_for_them() -> None:
    (marks,) = DASHBOARDS["quantity_outcomes"]["annotations"]["list"]
    source = provisioned("mysql")
    assert (marks["name"], marks["enable"]) == ("Promotions", True)
    assert marks["datasource"] == {"type": source["type"], "uid": source["uid"]} == marks["target"]["datasource"]


def test_the_database_is_read_by_a_user_of_its_own_whose_password_is_replaced_once() -> None:
    """Grafana replaces variables in the value of `${NAME}` and `$__env{NAME}` again; a `$` in a password ends it."""
    source = provisioned("mysql")
    assert (source["url"], source["editable"], source["user"]) == ("mysql:3306", False, "$MYSQL_GRAFANA_USER")
    assert source["secureJsonData"] == {"password": "$MYSQL_GRAFANA_PASSWORD"}
    assert source["jsonData"]["database"] == "$MYSQL_DATABASE"


def test_the_dashboard_of_days_reaches_back_over_more_than_its_longest_window() -> None:
    assert DASHBOARDS["quantity_outcomes"]["time"] == {"from": "now-90d", "to": "now"}


def test_of_the_days_moved_by_grafana_takes_the_first_option() -> None:
    variables = {variable["name"]: variable for variable in DASHBOARDS["quantity_outcomes"]["templating"]["list"]}
    assert list(variables) == ["instance", "source", "days", "version", "shift"]
    assert "current" not in variables["shift"]
    assert [variables[name]["current"]["value"] for name in ("source", "days")] == ["replayed", "28"]
