"""Panels on the errors by day: bias, ranges, exact hits, and how many orders they speak of."""

from grafana_foundation_sdk.builders.timeseries import Panel as Chart
from limits import BIAS, COVERAGE
from panels import NEUTRAL, Spec, Steps, bars, between, lines
from targets import Question

from outcomes.statements import VERSIONS, per_case, per_order, ratio, rolling


def bias() -> Chart:
    """Too much or too little."""
    return _lines(
        "Bias of 28 days",
        "Cases answered minus ordered, as a share of those ordered, of the 28 days up to each. Dashed: 10 %, beyond "
        "which the alert is. After a promotion, the new version starts with its own days.",
        [rolling(per_case("sum_error"), 28)],
        between(*BIAS),
        signed=True,
    )


def coverage() -> Chart:
    """Whether the ranges hold what they are made for."""
    return _lines(
        "Coverage of 28 days",
        "Share of the orders inside the range, which is made for 80 %. Dashed: 70 % and 90 %. Outside, the monitoring "
        "run proposes re-estimated ranges.",
        [rolling(per_order("covered"), 28)],
        between(*COVERAGE),
    ).max(1)


def range_width() -> Chart:
    """How wide the ranges are."""
    return _lines(
        "Range width of 28 days",
        "Mean of high minus low, in cases: a coverage that rises with the width is no gain.",
        [rolling(per_order("sum_range_width"), 28)],
        unit="short",
        width=8,
    )


def hits() -> Chart:
    """Orders that were met exactly."""
    return _lines(
        "Hits of 28 days",
        "Share of the orders whose answered quantity was exactly the ordered one; the quantity is made for sums.",
        [rolling(per_order("hits"), 28)],
    )


def typical_hits() -> Chart:
    """The same of the typical quantity."""
    return _lines(
        "Typical hits of 28 days",
        "The same of the typical quantity, which is made for single orders and so hits more of them.",
        [rolling(per_order("typical_hits"), 28)],
    )


def matched() -> Chart:
    """How many of the pairs asked about were ordered."""
    return _lines(
        "Matched share of 7 days",
        "Share of the answered pairs that were ordered on the day asked about, whatever source is chosen: a replay "
        "answers orders only. A fall means that callers ask about more than they order.",
        [rolling(ratio("SUM(orders)", "SUM(predicted)"), 7, where=f"source = 'asked' AND {VERSIONS}")],
        width=8,
    ).max(1)


def orders() -> Chart:
    """How many orders all this speaks of."""
    return bars(
        Spec(
            title="Scored orders by day",
            description="Orders of each day that a version's answers were compared with.",
            unit="short",
            series=[rolling("SUM(orders)", 1)],
            no_value="not scored",
        )
    )


def _lines(
    title: str,
    description: str,
    series: list[Question],
    steps: Steps = NEUTRAL,
    *,
    unit: str = "percentunit",
    signed: bool = False,
    width: int = 6,
) -> Chart:
    spec = Spec(
        title=title,
        description=description,
        unit=unit,
        series=series,
        steps=steps,
        width=width,
        no_value="not scored",
    )
    return lines(spec, signed=signed).span_nulls(span_nulls=True)
