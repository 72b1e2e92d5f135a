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


def rules(name: str) -> list[dict[str, Any]]:
    return [rule for group in loaded(PROMETHEUS / "rules" / name)["groups"] for rule in group["rules"]]


def metric_names(expr: str) -> set[str]:
    """Return the names in a query that are neither functions, labels nor operators."""
    unquoted = re.sub(r'"[^"]*"', "", expr)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(?:by|on)\s*\([^)]*\)", " ", unquoted)
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


def test_both_dashboards_are_there_under_their_fixed_uids() -> None:
    assert {name: board["uid"] for name, board in DASHBOARDS.items()} == {
        "fastapi": "fastapi",
        "quantity_model": "quantity-model",
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_input_of_an_import_dialogue_is_left(path: Path) -> None:
    """Grafana resolves `${DS_PROMETHEUS}` only in its dialogue, never in a provisioned file."""
    text = path.read_text(encoding="utf-8")
    assert "${DS_" not in text
    assert "__inputs" not in text


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_belongs_to_no_one_database_and_refreshes_itself(name: str) -> None:
    assert DASHBOARDS[name]["id"] is None
    assert DASHBOARDS[name]["refresh"] == "10s"


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
def test_links_lead_to_the_other_dashboard(name: str) -> None:
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
def test_a_panel_asks_the_provisioned_data_source(panel: dict[str, Any]) -> None:
    provisioned = loaded(GRAFANA / "provisioning/datasources/prometheus.yaml")["datasources"][0]
    expected = {"type": provisioned["type"], "uid": provisioned["uid"]}
    assert [panel["datasource"], *(target["datasource"] for target in panel["targets"])] == [
        expected for _ in range(1 + len(panel["targets"]))
    ]


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
    (source,) = loaded(GRAFANA / "provisioning/datasources/prometheus.yaml")["datasources"]
    assert source["jsonData"]["timeInterval"] == loaded(PROMETHEUS / "prometheus.yml")["global"]["scrape_interval"]
    assert source["editable"] is False
    assert source["url"] == "http://prometheus:9090"
