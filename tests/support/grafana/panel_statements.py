"""Every panel's SQL, as Grafana sends it to MySQL while nothing else is chosen."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd

from tests.support.containers.panel_queries import chosen_value, panels, substituted
from tests.support.grafana.sql_macros import TimeRange, expanded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sqlalchemy import Connection

SESSION: Final = (
    "SET SESSION time_zone = '+00:00', sql_mode = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"
)
"""The time zone of the provisioned data source, and the mode that MySQL 8 has by itself."""


class PanelStatement(NamedTuple):
    """One statement of one panel, ready to run; `shape` is `time_series` or `table`."""

    panel_title: str
    statement: str
    shape: str


def sql_statements(
    dashboard_path: Path, connection: Connection, chosen: Mapping[str, str] | None = None
) -> list[PanelStatement]:
    """Return the statements of the panels from top to bottom, then those of the annotations.

    Args:
        dashboard_path: a dashboard's file.
        connection: answers the queries of variables.
        chosen: values of variables, in place of those at first.
    """
    dashboard = json.loads(dashboard_path.read_text(encoding="utf-8"))
    values = {**values_at_first(dashboard, connection), **(chosen or {})}
    shown = time_range(dashboard)
    return [
        PanelStatement(title, expanded(substituted(target["rawSql"], values), shown), target["format"])
        for title, target in _targets(dashboard)
        if "rawSql" in target
    ]


def rows_of(connection: Connection, statement: str) -> pd.DataFrame:
    """Run a statement; decimals become floats, as in Grafana."""
    result = connection.exec_driver_sql(statement)
    rows = [[float(value) if isinstance(value, Decimal) else value for value in row] for row in result]
    return pd.DataFrame(rows, columns=list(result.keys()))


def time_range(dashboard: Mapping[str, Any]) -> TimeRange:
    """Return the dashboard's own time range, which must be the last days up to now."""
    days = re.fullmatch(r"now-(\d+)d", dashboard["time"]["from"])
    assert days is not None
    now = dt.datetime.now(dt.UTC)
    return TimeRange(now - dt.timedelta(days=int(days[1])), now)


def _targets(dashboard: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for panel in panels(dashboard):
        for target in panel["targets"]:
            yield panel["title"], target
    for annotation in dashboard["annotations"]["list"]:
        yield annotation["name"], annotation["target"]


def values_at_first(dashboard: Mapping[str, Any], connection: Connection) -> dict[str, str]:
    """Return the values of all variables while nothing else is chosen."""
    return {
        variable["name"]: _first_option(variable, connection) if _asks_mysql(variable) else chosen_value(variable)
        for variable in dashboard["templating"]["list"]
    }


def _asks_mysql(variable: Mapping[str, Any]) -> bool:
    return variable.get("datasource", {}).get("type") == "mysql" and not variable.get("includeAll")


def _first_option(variable: Mapping[str, Any], connection: Connection) -> str:
    return str(connection.exec_driver_sql(variable["query"]).scalars().first())
