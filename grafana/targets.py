"""What panels ask: PromQL of Prometheus, or SQL of MySQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery as AnyQuery
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

PROMETHEUS: Final = common.DataSourceRef(type_val="prometheus", uid="prometheus")
MYSQL: Final = common.DataSourceRef(type_val="mysql", uid="mysql")
MIXED: Final = common.DataSourceRef(type_val="datasource", uid="-- Mixed --")
"""Of a panel whose queries go to both."""


class Series(NamedTuple):
    """A PromQL query, and the name of the series it returns (`{{label}}` is replaced by the label's value)."""

    expr: str
    legend: str = ""


class Sql(NamedTuple):
    """A statement; for a chart, its columns are `time` (ascending), `metric` (the series' name) and `value`."""

    statement: str


Question: TypeAlias = Series | Sql


@dataclass(frozen=True)
class SqlQuery(AnyQuery, Builder[AnyQuery]):
    """A query of Grafana's MySQL data source, for which the SDK has no builder.

    Attributes:
        ref: letter of the query in its panel.
        statement: SQL with Grafana's macros and variables.
        shape: `time_series` or `table`.
    """

    ref: str
    statement: str
    shape: str

    def build(self) -> AnyQuery:
        """Return the query itself."""
        return self

    def to_json(self) -> dict[str, object]:
        """Return the query as its editor stores it."""
        return {
            "refId": self.ref,
            "datasource": MYSQL,
            "editorMode": "code",
            "format": self.shape,
            "rawQuery": True,
            "rawSql": self.statement,
        }


def datasource_of(questions: Sequence[Question]) -> common.DataSourceRef:
    """Return the data source that answers all questions."""
    if all(isinstance(question, Series) for question in questions):
        return PROMETHEUS
    return MYSQL if all(isinstance(question, Sql) for question in questions) else MIXED


def over_time(
    questions: Sequence[Question], shape: PromQueryFormat = PromQueryFormat.TIME_SERIES
) -> list[Builder[AnyQuery]]:
    """Return queries of the time range that is shown."""
    return [
        SqlQuery(ref, question.statement, "time_series")
        if isinstance(question, Sql)
        else _promql(ref, question, shape).range()
        for ref, question in _named(questions)
    ]


def of_this_moment(
    questions: Sequence[Question], shape: PromQueryFormat = PromQueryFormat.TIME_SERIES
) -> list[Builder[AnyQuery]]:
    """Return queries of the end of the time range; those in SQL choose their rows themselves."""
    return [
        SqlQuery(ref, question.statement, "table")
        if isinstance(question, Sql)
        else _promql(ref, question, shape).instant()
        for ref, question in _named(questions)
    ]


def _named(questions: Sequence[Question]) -> list[tuple[str, Question]]:
    return [(chr(ord("A") + index), question) for index, question in enumerate(questions)]


def _promql(ref: str, series: Series, shape: PromQueryFormat) -> Dataquery:
    return Dataquery().ref_id(ref).datasource(PROMETHEUS).expr(series.expr).legend_format(series.legend).format(shape)
