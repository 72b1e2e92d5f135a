"""What the panels of a dashboard show: each query's answer from a database and a Prometheus."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx2
import pandas as pd

from tests.support.containers.panel_queries import panels, substituted
from tests.support.grafana.panel_statements import rows_of, time_range, values_at_first
from tests.support.grafana.sql_macros import TimeRange, expanded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection

_STEPS: Final = 400
"""Points of a series over the time range."""

_LEAST_RATE_SECONDS: Final = 20
"""Four scrape intervals; what a rate looks back over has one sample at least of the step before."""


@dataclass(frozen=True)
class Answer:
    """What a query returned.

    Attributes:
        query: the letter of the query.
        rows: `time`, `metric` and `value` of a chart; else the columns of a table, or labels and `value`.
    """

    query: str
    rows: pd.DataFrame


@dataclass(frozen=True)
class PanelAnswers:
    """A panel with its time range, what its queries returned, and the marks on its time axis."""

    panel: Mapping[str, Any]
    shown: TimeRange
    answers: list[Answer]
    marks: pd.DataFrame


@dataclass(frozen=True)
class Sources:
    """A database, and the address of a Prometheus; without one, queries of it are left out.

    Attributes:
        connection: to the database.
        prometheus: its address.
        hours: of the panels with a range of their own, in place of it: a Prometheus may have started just now.
    """

    connection: Connection
    prometheus: str | None
    hours: float | None = None

    def answers(self, dashboard: Mapping[str, Any]) -> Iterator[PanelAnswers]:
        """Yield every panel with its answers, from top to bottom."""
        values = values_at_first(dashboard, self.connection)
        (annotation,) = dashboard["annotations"]["list"]
        marks = self._rows(annotation["target"], values, time_range(dashboard))
        for panel in panels(dashboard):
            shown = self._range_of(panel, time_range(dashboard))
            targets = [target for target in panel["targets"] if self.prometheus or "expr" not in target]
            intervals = {"__rate_interval": f"{_step(shown) + _LEAST_RATE_SECONDS}s"}
            answers = [Answer(target["refId"], self._rows(target, values | intervals, shown)) for target in targets]
            yield PanelAnswers(panel, shown, answers, marks)

    def _range_of(self, panel: Mapping[str, Any], shown: TimeRange) -> TimeRange:
        """Return the panel's own range where it has one, in hours."""
        if "timeFrom" not in panel:
            return shown
        hours = self.hours or int(panel["timeFrom"].removesuffix("h"))
        return TimeRange(shown.end - dt.timedelta(hours=hours), shown.end)

    def _rows(self, target: Mapping[str, Any], values: Mapping[str, str], shown: TimeRange) -> pd.DataFrame:
        if "rawSql" in target:
            return rows_of(self.connection, expanded(substituted(target["rawSql"], values), shown))
        expr = substituted(target["expr"], values)
        if target.get("instant"):
            return _table(self._asked("query", query=expr, time=str(shown.end.timestamp())))
        moments = {"start": str(shown.start.timestamp()), "end": str(shown.end.timestamp()), "step": str(_step(shown))}
        return _series(self._asked("query_range", query=expr, **moments), target.get("legendFormat", ""))

    def _asked(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        answer = httpx2.get(f"{self.prometheus}/api/v1/{path}", params=parameters).json()
        assert answer["status"] == "success", f"{parameters}: {answer}"
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found


def _step(shown: TimeRange) -> int:
    """Seconds between two points of a series."""
    return max(1, int((shown.end - shown.start).total_seconds() / _STEPS))


def _table(result: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame([{**found["metric"], "value": float(found["value"][1])} for found in result])


def _series(result: list[dict[str, Any]], legend: str) -> pd.DataFrame:
    rows = [
        (pd.Timestamp(moment, unit="s"), _named(legend, found["metric"]), float(value))
        for found in result
        for moment, value in found["values"]
    ]
    return pd.DataFrame(rows, columns=["time", "metric", "value"])


def _named(legend: str, labels: Mapping[str, str]) -> str:
    for label, value in labels.items():
        legend = legend.replace(f"{{{{{label}}}}}", value)
    return legend
