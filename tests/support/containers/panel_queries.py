"""Every panel's PromQL, as Grafana sends it to Prometheus while nothing else is chosen."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

INTERVALS: Final = {"__rate_interval": "1m", "__interval": "15s", "__range": "30m"}
"""Grafana's own variables. One minute is more than four scrape intervals."""

_VARIABLE: Final = re.compile(r"\$(?:\{(?P<braced>\w+)(?::\w+)?\}|(?P<bare>\w+)\b(?!\())")
"""`$name(` is a macro, which the data source itself replaces."""


class PanelQuery(NamedTuple):
    """One query of one panel, ready to run."""

    panel_title: str
    expr: str


def panel_queries(dashboard_path: Path) -> list[PanelQuery]:
    """Return the PromQL queries of a dashboard's panels, those inside rows included, from top to bottom.

    Raises:
        KeyError: a query uses a variable that neither Grafana nor the dashboard defines.
    """
    dashboard = json.loads(dashboard_path.read_text(encoding="utf-8"))
    values = {**INTERVALS, **_first_values(dashboard)}
    return [
        PanelQuery(panel["title"], substituted(target["expr"], values))
        for panel in panels(dashboard)
        for target in panel.get("targets", [])
        if "expr" in target
    ]


def panels(dashboard: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the panels that show something: not the rows, but what is folded into them."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panels({"panels": panel.get("panels", [])})
        else:
            yield panel


def substituted(text: str, values: Mapping[str, str]) -> str:
    """Return a query with values in place of its variables.

    Raises:
        KeyError: a variable has no value.
    """
    return _VARIABLE.sub(lambda match: values[match["braced"] or match["bare"]], text)


def _first_values(dashboard: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of the variables that have one before a database is asked."""
    variables = dashboard["templating"]["list"]
    return {variable["name"]: chosen_value(variable) for variable in variables if "current" in variable}


def chosen_value(variable: Mapping[str, Any]) -> str:
    """Return the value for all choices where the variable has one, else the chosen values as a pattern."""
    if variable.get("includeAll"):
        return str(variable.get("allValue") or ".*")
    chosen = variable["current"]["value"]
    return chosen if isinstance(chosen, str) else "|".join(chosen)
