"""What can be chosen on the dashboard, and the promotions as marks on its charts."""

from typing import Final

from grafana_foundation_sdk.builders.dashboard import AnnotationQuery, CustomVariable, QueryVariable
from grafana_foundation_sdk.models import dashboard
from targets import MYSQL, SqlQuery

HISTORIC_DAYS: Final = 31
"""Data whose last scored day is longer ago is shown as if that day were yesterday, as after a nightly run."""


def source() -> CustomVariable:
    """Where the answers come from; a replay is there from the first night."""
    return _custom("source", "Answers", ["replayed", "asked"], "replayed")


def days() -> CustomVariable:
    """The windows that the API has metrics of."""
    return _custom("days", "Last scored days", ["7", "28"], "28")


def version() -> QueryVariable:
    """Choose among the versions that something is known of; all are selected at first."""
    known = (
        "SELECT model_version FROM scored_days UNION SELECT model_version FROM feature_drift"
        " UNION SELECT to_version FROM promotions"
    )
    return (
        _query("version", "Version", known)
        .sort(dashboard.VariableSort.NUMERICAL_DESC)
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(".*")
        .current(dashboard.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def shift() -> QueryVariable:
    """How far historic days are moved, so that the last scored one stands at yesterday; 0 shows them as they are."""
    age = "DATEDIFF(UTC_DATE(), MAX(day)) - 1"
    moved = f"SELECT IF({age} > {HISTORIC_DAYS}, {age}, 0) AS days FROM scored_days"
    # Nothing is selected in advance: Grafana takes the first.
    return _query("shift", "Days moved by", f"{moved} UNION SELECT 0 ORDER BY days DESC").sort(
        dashboard.VariableSort.DISABLED
    )


def promotion_marks() -> AnnotationQuery:
    """Mark when the alias moved."""
    text = "CONCAT('Version ', to_version, COALESCE(CONCAT(' in place of ', from_version), ''), ': ', reason)"
    statement = (
        f"SELECT promoted_at AS time, {text} AS text, model_alias AS tags FROM promotions"
        " WHERE $__timeFilter(promoted_at) ORDER BY promoted_at"
    )
    marks = AnnotationQuery().name("Promotions").datasource(MYSQL).enable(enable=True).icon_color("purple")
    return marks.target(SqlQuery("Anno", statement, "table"))


def _custom(name: str, label: str, values: list[str], chosen: str) -> CustomVariable:
    options = [dashboard.VariableOption(selected=value == chosen, text=value, value=value) for value in values]
    variable = CustomVariable(name).label(label).values(",".join(values)).options(options)
    return variable.current(dashboard.VariableOption(selected=True, text=chosen, value=chosen))


def _query(name: str, label: str, statement: str) -> QueryVariable:
    refresh = dashboard.VariableRefresh.ON_DASHBOARD_LOAD
    return QueryVariable(name).label(label).datasource(MYSQL).query(statement).refresh(refresh)
