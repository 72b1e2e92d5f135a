"""The house style of panels: one constructor for each kind, all described by the same `Spec`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, Self, TypeVar

from grafana_foundation_sdk.builders import common as style
from grafana_foundation_sdk.builders import heatmap as heatmaps
from grafana_foundation_sdk.builders import stat as stats
from grafana_foundation_sdk.builders import statetimeline as timelines
from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.builders import timeseries as charts
from grafana_foundation_sdk.builders.dashboard import FieldColor, ThresholdsConfig
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery as AnyQuery
from grafana_foundation_sdk.models import common, dashboard, heatmap
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from targets import Question, datasource_of, of_this_moment, over_time

CHART_HEIGHT: Final = 8
STAT_HEIGHT: Final = 4

States = Mapping[str, tuple[str, str]]
"""Text and colour to show in place of each value."""
READINESS: Final[States] = {"0": ("not ready", "red"), "1": ("ready", "green")}

Steps = Sequence[tuple[float | None, str]]
"""Lower bound and colour of each range of values; the first has no lower bound."""
NEUTRAL: Final[Steps] = ((None, "blue"),)


def above(limit: float) -> Steps:
    """Green, and red from `limit` on."""
    return ((None, "green"), (limit, "red"))


def at_least(limit: float) -> Steps:
    """Red, and green from `limit` on."""
    return ((None, "red"), (limit, "green"))


def between(low: float, high: float) -> Steps:
    """Red, and green from `low` to `high`."""
    return ((None, "red"), (low, "green"), (high, "red"))


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What every kind of panel has: `width` in 24ths of the page, `unit` as Grafana names it."""

    title: str
    description: str
    unit: str
    series: Sequence[Question]
    steps: Steps = NEUTRAL
    width: int = 8
    no_value: str = "no data"


class _PanelBuilder(Protocol):
    """The part of the builders' interface that all kinds of panels share."""

    def title(self, title: str) -> Self: ...
    def description(self, description: str) -> Self: ...
    def unit(self, unit: str) -> Self: ...
    def datasource(self, datasource: common.DataSourceRef) -> Self: ...
    def thresholds(self, thresholds: Builder[dashboard.ThresholdsConfig]) -> Self: ...
    def no_value(self, no_value: str) -> Self: ...
    def span(self, w: int) -> Self: ...
    def height(self, h: int) -> Self: ...
    def targets(self, targets: list[Builder[AnyQuery]]) -> Self: ...


PanelBuilder = TypeVar("PanelBuilder", bound=_PanelBuilder)


def stat(spec: Spec, *, show_name: bool = False) -> stats.Panel:
    """Show the value of this moment, or the series' name instead, coloured by the thresholds."""
    text = common.BigValueTextMode.NAME if show_name else common.BigValueTextMode.VALUE
    panel = _described(stats.Panel(), spec, height=STAT_HEIGHT).targets(of_this_moment(spec.series))
    return (
        panel.text_mode(text)
        .color_mode(common.BigValueColorMode.VALUE)
        .graph_mode(common.BigValueGraphMode.NONE)
        .reduce_options(style.ReduceDataOptions().values(values=False).calcs(["lastNotNull"]).fields(""))
    )


def lines(spec: Spec, *, signed: bool = False) -> charts.Panel:
    """Lines over time, from zero unless `signed`; thresholds that divide good from bad are drawn as dashed lines."""
    marks = common.GraphThresholdsStyleMode.DASHED if len(spec.steps) > 1 else common.GraphThresholdsStyleMode.OFF
    panel = _described(charts.Panel(), spec, height=CHART_HEIGHT).targets(over_time(spec.series))
    return (
        (panel if signed else panel.min(0))
        .fill_opacity(8)
        .color_scheme(FieldColor().mode(dashboard.FieldColorModeId.PALETTE_CLASSIC))
        .thresholds_style(style.GraphThresholdsStyleConfig().mode(marks))
        .legend(
            style.VizLegendOptions()
            .show_legend(show_legend=True)
            .placement(common.LegendPlacement.BOTTOM)
            .calcs(["lastNotNull"])
        )
        .tooltip(style.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING))
    )


def areas(spec: Spec) -> charts.Panel:
    """Areas on top of each other, for parts that add up to a whole."""
    return lines(spec).fill_opacity(60).stacking(style.StackingConfig().group("A").mode(common.StackingMode.NORMAL))


def bars(spec: Spec) -> charts.Panel:
    """Bars of at least a minute each, for events too rare for a line."""
    return lines(spec).draw_style(common.GraphDrawStyle.BARS).fill_opacity(80).interval("1m").decimals(0)


def distribution(spec: Spec, *, axis: str) -> heatmaps.Panel:
    """Show a histogram over time: one column an interval, one row a bucket, darker where more falls in."""
    colors = heatmaps.HeatmapColorOptions().mode(heatmap.HeatmapColorMode.SCHEME).scheme("Blues").steps(64)
    panel = _described(heatmaps.Panel(), spec, height=CHART_HEIGHT)
    return (
        panel.targets(over_time(spec.series, PromQueryFormat.HEATMAP))
        .calculate(calculate=False)
        .interval("1m")
        .color(colors.scale(heatmap.HeatmapColorScale.EXPONENTIAL).exponent(0.5).fill("dark-blue"))
        .y_axis(heatmaps.YAxisConfig().axis_label(axis).axis_placement(common.AxisPlacement.LEFT).unit("short"))
        .cell_values(heatmaps.CellValues().unit(spec.unit))
        .tooltip(heatmaps.HeatmapTooltip().mode(common.TooltipDisplayMode.SINGLE).y_histogram(y_histogram=True))
    )


def timeline(spec: Spec, shown_as: States | None = None) -> timelines.Panel:
    """Show one row a series with its value over time."""
    panel = _described(timelines.Panel(), spec, height=CHART_HEIGHT).targets(over_time(spec.series))
    return (
        panel.mappings([_value_map(shown_as)] if shown_as else [])
        .color_scheme(FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS))
        .merge_values(merge_values=True)
        .show_value(common.VisibilityMode.AUTO)
        .row_height(0.8)
        .legend(style.VizLegendOptions().show_legend(show_legend=False))
    )


def table(spec: Spec, columns: Mapping[str, str], hidden: Sequence[str] = ()) -> tables.Panel:
    """Join the queries' current values on their labels, one row for each; `columns` renames the fields."""
    panel = _described(tables.Panel(), spec, height=CHART_HEIGHT)
    layout = {
        "excludeByName": dict.fromkeys(("Time", *hidden), True),
        "renameByName": dict(columns),
        "indexByName": {field: index for index, field in enumerate(columns)},
    }
    return (
        panel.targets(of_this_moment(spec.series, PromQueryFormat.TABLE))
        .with_transformation(dashboard.DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(dashboard.DataTransformerConfig(id_val="organize", options=layout))
    )


def records(spec: Spec) -> tables.Panel:
    """Show the rows of a statement, their columns as it names them."""
    return _described(tables.Panel(), spec, height=CHART_HEIGHT).targets(of_this_moment(spec.series))


def column(unit: str) -> list[dashboard.DynamicConfigValue]:
    """Override of the unit for one column of a table."""
    return [dashboard.DynamicConfigValue(id_val="unit", value=unit)]


def decimals(count: int) -> dashboard.DynamicConfigValue:
    """Part of an override: how many digits follow the point."""
    return dashboard.DynamicConfigValue(id_val="decimals", value=count)


def states(shown_as: States) -> list[dashboard.DynamicConfigValue]:
    """Override that shows one column of a table as text in colour."""
    coloured = common.TableColorTextCellOptions()
    return [
        dashboard.DynamicConfigValue(id_val="mappings", value=[_value_map(shown_as)]),
        dashboard.DynamicConfigValue(id_val="custom.cellOptions", value=coloured),
    ]


def _value_map(shown_as: States) -> dashboard.ValueMap:
    return dashboard.ValueMap(
        {value: dashboard.ValueMappingResult(text=text, color=color) for value, (text, color) in shown_as.items()}
    )


def _described(panel: PanelBuilder, spec: Spec, *, height: int) -> PanelBuilder:
    thresholds = [dashboard.Threshold(value=value, color=color) for value, color in spec.steps]
    return (
        panel.title(spec.title)
        .description(spec.description)
        .unit(spec.unit)
        .datasource(datasource_of(spec.series))
        .thresholds(ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(thresholds))
        .no_value(spec.no_value)
        .span(spec.width)
        .height(height)
    )
