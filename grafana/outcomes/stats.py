"""The row that answers at a glance: is the version that is served as good as promised?"""

from typing import Final

from grafana_foundation_sdk.builders.stat import Panel as Stat
from limits import BIAS, COVERAGE
from panels import NEUTRAL, Spec, Steps, above, between, stat
from queries import API
from targets import Series

from outcomes.live_queries import VERSION, best_baseline, live, served

SERVED: Final = "Of the version that is served, over the chosen last days that were scored."
UNSCORED: Final = "not scored"


def score_stats() -> list[Stat]:
    """The live score beside what it is measured by."""
    return [
        _stat(
            "Live score",
            f"WAPE + |bias|, lower is better. {SERVED}",
            "short",
            served(live("quantity_live_score")),
            decimals=3,
        ),
        _stat(
            "Promised score",
            "What the version's training measured on orders that it was not fitted to.",
            "short",
            served(live("quantity_promised_score", VERSION)),
            decimals=3,
        ),
        _stat(
            "Best baseline",
            f"Lowest score of a baseline on the same orders: last order, pair's median, product's mean. {SERVED}",
            "short",
            served(best_baseline()),
            decimals=3,
        ),
        _stat(
            "Beyond the best baseline",
            f"Live score minus that of the best baseline: green where the model is better. {SERVED}",
            "short",
            served(f"({live('quantity_live_score')} - {best_baseline()})"),
            above(0),
            decimals=3,
        ),
    ]


def error_stats() -> list[Stat]:
    """Bias, ranges, and how far the scores reach."""
    return [
        _stat(
            "Bias",
            f"Cases answered minus ordered, as a share of those ordered. {SERVED} Red: beyond 10 %, as the alert.",
            "percentunit",
            served(live("quantity_live_bias")),
            between(*BIAS),
        ),
        _stat(
            "Coverage",
            f"Share of the orders inside the range, which is made for 80 %. {SERVED} Red: outside of 70-90 %.",
            "percentunit",
            served(live("quantity_live_coverage_ratio")),
            between(*COVERAGE),
        ),
        _stat(
            "Matched",
            "Share of the answered pairs that were ordered on the day asked about; an answer is conditional on an "
            "order, so the others count as no error. Of the version that is served, over the chosen last days.",
            "percentunit",
            served(live("quantity_live_matched_ratio", f'{VERSION}, source="asked", days="$days"')),
            no_value="not asked yet",
        ),
        _stat(
            "Scored until",
            "Last day with scored orders. Windows end here, not today, so that historic data has them too.",
            "time:YYYY-MM-DD",
            f'max(quantity_scored_until_timestamp_seconds{{{API}, source="$source"}}) * 1000',
        ),
    ]


def _stat(
    title: str,
    description: str,
    unit: str,
    expr: str,
    steps: Steps = NEUTRAL,
    *,
    decimals: int | None = None,
    no_value: str = UNSCORED,
) -> Stat:
    spec = Spec(
        title=title,
        description=description,
        unit=unit,
        series=[Series(expr)],
        steps=steps,
        width=3,
        no_value=no_value,
    )
    return stat(spec) if decimals is None else stat(spec).decimals(decimals)
