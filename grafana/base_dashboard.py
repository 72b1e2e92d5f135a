"""What the dashboards share: identity, refresh, variables, links, and rows of panels."""

from collections.abc import Mapping, Sequence
from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard, DashboardLink, QueryVariable, Row
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard
from queries import JOB
from targets import PROMETHEUS

FASTAPI: Final = "fastapi"
QUANTITY_MODEL: Final = "quantity-model"
QUANTITY_OUTCOMES: Final = "quantity-outcomes"

Rows = Mapping[str, Sequence[Builder[dashboard.Panel]]]
"""Panels from left to right, under the title of their row."""


def base(uid: str, title: str, description: str) -> Dashboard:
    """Return a dashboard without panels, links or variables. Times are UTC, as the features' dates are."""
    return (
        Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["order-quantity"])
        .timezone("utc")
        .refresh("10s")
        .time("now-30m", "now")
        .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        .annotations([])
        .readonly()
    )


def label_variable(name: str, title: str, series: str) -> QueryVariable:
    """Choose among the values of the label `name` of `series`; all are selected at first."""
    return (
        QueryVariable(name)
        .label(title)
        .datasource(PROMETHEUS)
        .query({"query": f"label_values({series}, {name})", "refId": name})
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.ALPHABETICAL_ASC)
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(".*")
        .current(dashboard.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def instance_variable() -> QueryVariable:
    """Choose among the API's instances."""
    return label_variable("instance", "Instance", f"up{{{JOB}}}")


def link(title: str, uid: str, *, same_time: bool = True) -> DashboardLink:
    """Link to another dashboard that keeps the chosen instances and, if it shows the same times, the time range."""
    button = (
        DashboardLink(title)
        .type(dashboard.DashboardLinkType.LINK)
        .url(f"/d/{uid}")
        .icon("dashboard")
        .keep_time(keep_time=same_time)
        .include_vars(include_vars=True)
    )
    # Above the panels: the builder's default hides it in a menu, and has no value for this place.
    button.build().placement = None  # type: ignore[assignment]
    return button


def with_rows(board: Dashboard, rows: Rows) -> Dashboard:
    """Add the rows from top to bottom, and number the panels so that links to one of them stay valid."""
    for title, row in rows.items():
        board.with_row(Row(title))
        for panel in row:
            board.with_panel(panel)
    for number, numbered in enumerate(board.build().panels or [], start=1):
        numbered.id_val = number
    return board
