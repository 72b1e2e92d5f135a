"""The loop in containers: orders that come are compared with their answers, and only wrong answers call somebody."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Final

import httpx2
import pandas as pd
import pytest
import yaml
from sqlalchemy import URL

from quantity.db.engine import connect
from quantity.db.monitoring_tables import ASKED, REPLAYED
from tests.support.containers.container_waiting import wait_until
from tests.support.containers.lifecycle import running
from tests.support.containers.panel_queries import panel_queries
from tests.support.containers.server_answers import predictions, results, scalar
from tests.support.containers.stack import MAIN_FILE, RECEIVER_FILE, ROOT, Stack
from tests.support.grafana.panel_statements import SESSION, rows_of, sql_statements
from tests.support.outcomes.cut_orders import CutOrders, expected_sums, items_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.container

SERVICES: Final = ("mysql", "mlflow", "api", "prometheus", "alertmanager", "receiver")
FILES: Final = (MAIN_FILE, RECEIVER_FILE)
TELL: Final = {"ALERT_WEBHOOK_URL": "http://receiver:8000/alerts"}
NIGHT: Final = ("preprocess", "score", "replay", "drift_report")
DASHBOARD: Final = ROOT / "grafana" / "dashboards" / "quantity_outcomes.json"
TOLD_SECONDS: Final = 240.0
"""The API looks every 15 s, Prometheus judges after a minute, and Alertmanager waits half a minute for more."""


class Loop:
    """A stack with a champion of its own that is told of later orders night by night.

    Args:
        stack: where it runs.
        orders: the orders before, and those that are delivered later.
        api: a client of the API.
        prometheus: a client of Prometheus's API.
    """

    def __init__(self, stack: Stack, orders: CutOrders, api: httpx2.Client, prometheus: httpx2.Client) -> None:
        self.stack, self.orders, self.api, self.prometheus = stack, orders, api, prometheus

    def ask(self) -> pd.DataFrame:
        """Ask for all pairs of the new days; the items."""
        answers = [(request, predictions(self.api, request)) for request in self.orders.requests()]
        items = pd.concat([items_of(request, answer) for request, answer in answers], ignore_index=True)
        shipped = "sum(quantity_log_shipped_pairs_total)"
        wait_until(lambda: scalar(self.prometheus, shipped) == len(items), "every answered pair is in the database")
        return items

    def deliver(self, times: int) -> None:
        """Deliver the new orders, so many times as large, and run what runs at night."""
        self.orders.deliver(with_new=True, times=times)
        commands = " && ".join(f"python -m training.{name}" for name in NIGHT)
        self.stack.run_training("sh", "-c", commands)

    def wait_until_told(self, sums: dict[str, int]) -> None:
        """Return when Prometheus has judged asked answers with these sums, replayed ones beside them, and drift."""
        bias = pytest.approx(sums["sum_error"] / sums["sum_quantity"])
        asked = f'job_source_version:quantity_live_bias:judged28d{{source="{ASKED}"}}'
        replayed = f'job_source_version:quantity_live_bias:judged28d{{source="{REPLAYED}"}}'
        wait_until(lambda: scalar(self.prometheus, asked) == bias, "Prometheus has the bias of what was asked")
        wait_until(lambda: bool(results(self.prometheus, replayed)), "that of all orders too")
        wait_until(lambda: bool(results(self.prometheus, "quantity_feature_stability_index")), "drift too")
        now = dt.datetime.now(dt.UTC)
        wait_until(lambda: self._judged_at() > now, "the alerts have been evaluated since")

    def _judged_at(self) -> dt.datetime:
        groups = self.prometheus.get("/rules", params={"type": "alert"}).json()["data"]["groups"]
        (last,) = [group["lastEvaluation"] for group in groups if group["name"] == "accuracy"]
        return dt.datetime.fromisoformat(last)

    def pending(self) -> set[str]:
        """The alerts on accuracy that fire, or are about to."""
        found = {series["metric"]["alertname"] for series in results(self.prometheus, "ALERTS")}
        return found & ON_ACCURACY

    def told(self) -> list[dict[str, Any]]:
        """The alerts on accuracy that the receiver was told of."""
        lines = self.stack.compose("logs", "--no-color", "--no-log-prefix", "receiver", files=FILES).splitlines()
        alerts = [alert for line in lines for alert in json.loads(line)["alerts"]]
        return [alert for alert in alerts if alert["labels"]["alertname"] in ON_ACCURACY]


def _alerts_on_accuracy() -> set[str]:
    groups = yaml.safe_load((ROOT / "prometheus" / "rules" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return {rule["alert"] for group in groups if group["name"] == "accuracy" for rule in group["rules"]}


ON_ACCURACY: Final = _alerts_on_accuracy()


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    """Orders of two stores, and a champion trained on those before the last four weeks."""
    with running(lambda: Stack(tmp_path), _start, "make e2e-loop") as stack:
        orders = CutOrders(stack.data, weeks=52, stores=2)
        orders.deliver(with_new=False)
        stack.run_training("python", "-m", "training.preprocess")
        stack.run_training("python", "-m", "training.train", "--trees=10", "--promote=always")
        stack.wait_until_ready()
        with (
            httpx2.Client(base_url=stack.url("api")) as api,
            httpx2.Client(base_url=f"{stack.url('prometheus')}/api/v1") as prometheus,
        ):
            yield Loop(stack, orders, api, prometheus)


def _start(stack: Stack) -> None:
    stack.compose("--profile=training", "build")
    stack.compose("up", "--detach", "--wait", *SERVICES, files=FILES, variables=TELL)


def test_orders_as_usual_call_nobody_and_tripled_ones_do(loop: Loop) -> None:
    items = loop.ask()

    loop.deliver(times=1)
    loop.wait_until_told(expected_sums(items, loop.orders.ordered()))
    assert loop.pending() == set()
    empty = [query for query in panel_queries(DASHBOARD) if not results(loop.prometheus, query.expr)]
    assert empty == []
    assert statements_without_rows(loop.stack) == []

    tripled_at = dt.datetime.now(dt.UTC)
    loop.deliver(times=3)
    tripled = expected_sums(items, loop.orders.ordered(times=3))
    loop.wait_until_told(tripled)
    wait_until(lambda: sources_of_bias(loop) == {ASKED, REPLAYED}, "the receiver is told", TOLD_SECONDS)
    assert {alert["status"] for alert in loop.told()} == {"firing"}
    assert min(dt.datetime.fromisoformat(alert["startsAt"]) for alert in loop.told()) > tripled_at


def statements_without_rows(stack: Stack) -> list[str]:
    """The panels whose statements return nothing to Grafana's user."""
    address = httpx2.URL(stack.url("mysql"))
    engine = connect(URL.create("mysql+pymysql", "mlops_grafana", "mlops_grafana", address.host, address.port, "mlops"))
    with engine.connect() as connection:
        connection.exec_driver_sql(SESSION)
        statements = sql_statements(DASHBOARD, connection)
        empty = [found.panel_title for found in statements if rows_of(connection, found.statement).empty]
    engine.dispose()
    assert statements
    return empty


def sources_of_bias(loop: Loop) -> set[str]:
    """The sources of the alerts on a bias that the receiver was told of."""
    return {a["labels"]["source"] for a in loop.told() if a["labels"]["alertname"] == "QuantityLiveBiasHigh"}
