"""Prometheus and Grafana in the stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from tests.support.containers.container_waiting import wait_until
from tests.support.containers.panel_queries import panel_queries
from tests.support.containers.server_answers import results
from tests.support.containers.stack import ROOT
from tests.support.containers.traffic import Traffic

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

    from tests.support.containers.stack import Stack

pytestmark = pytest.mark.container

DASHBOARDS: Final = sorted((ROOT / "grafana" / "dashboards").glob("*.json"))
OF_TRAFFIC: Final = [path for path in DASHBOARDS if path.stem != "quantity_outcomes"]
"""The other one has data once orders have come; see `tests/loop`."""
RULE_FILES: Final = sorted((ROOT / "prometheus" / "rules").glob("*.yml"))


@pytest.mark.parametrize("dashboard", OF_TRAFFIC, ids=lambda path: path.stem)
def test_every_panel_has_data(
    stack: Stack, prometheus: httpx2.Client, request_body: dict[str, Any], dashboard: Path
) -> None:
    empty = panel_queries(dashboard)

    def all_have_data() -> bool:
        empty[:] = [query for query in empty if not results(prometheus, query.expr)]
        return not empty

    with Traffic(stack.url("api"), request_body):
        try:
            wait_until(all_have_data, "every panel has data")
        except TimeoutError:
            pytest.fail(f"without data: {empty}")


def test_every_rule_is_loaded_and_evaluates(prometheus: httpx2.Client) -> None:
    groups = [group for path in RULE_FILES for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]]
    written = {rule.get("alert") or rule["record"] for group in groups for rule in group["rules"]}

    def loaded() -> dict[str, tuple[str, str]]:
        data = prometheus.get("/rules").json()["data"]
        rules = [rule for group in data["groups"] for rule in group["rules"]]
        return {rule["name"]: (rule["health"], rule.get("lastError", "")) for rule in rules}

    wait_until(lambda: "unknown" not in {health for health, _ in loaded().values()}, "every rule has been evaluated")
    assert loaded() == dict.fromkeys(written, ("ok", ""))


def test_grafana_shows_the_dashboards_and_reaches_prometheus_and_mysql(grafana: httpx2.Client) -> None:
    expected = {json.loads(path.read_text(encoding="utf-8"))["uid"] for path in DASHBOARDS}

    assert {found["uid"] for found in grafana.get("/api/search", params={"type": "dash-db"}).json()} == expected
    for source in ("prometheus", "mysql"):
        assert grafana.get(f"/api/datasources/uid/{source}/health").json()["status"] == "OK"
