"""Panels on the score: live against promised, and against the best baseline on the same orders."""

from typing import Final

from grafana_foundation_sdk.builders.table import Panel as Table
from grafana_foundation_sdk.builders.timeseries import Panel as Chart
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue
from panels import Spec, column, lines, table
from targets import Question, Series

from outcomes.live_queries import VERSION, best_baseline, live, through
from outcomes.statements import BEST_BASELINE, rolling, rolling_together, score

DASHED: Final = [DynamicConfigValue(id_val="custom.lineStyle", value={"fill": "dash", "dash": [10, 10]})]
BASELINE: Final = "best baseline"


def score_over_28_days() -> Chart:
    """The live score against the promised one."""
    promised = Series(through(f"quantity_promised_score{{{VERSION}}}"), "promised by version {{version}}")
    return _score(
        "Score of 28 days, live and promised",
        "WAPE + |bias| of the 28 days up to each, by version; lower is better. Dashed: what the training of the "
        "version that is served promised, and the best baseline on the same orders. Marks: promotions.",
        [rolling(score(), 28), rolling_together(BEST_BASELINE, 28, BASELINE), promised],
    ).override_by_regexp("^promised", DASHED)


def score_over_7_days() -> Chart:
    """The live score of a week."""
    return _score(
        "Score of 7 days",
        "The same of the 7 days up to each: quicker to show a change, and noisier. A single week beyond the promised "
        "score says little.",
        [rolling(score(), 7), rolling_together(BEST_BASELINE, 7, BASELINE)],
    )


def score_by_day() -> Chart:
    """The live score of each day."""
    return _score(
        "Score by day",
        "The score of each day's orders. Days with few orders swing widely: see the number of orders below.",
        [rolling(score(), 1), rolling_together(BEST_BASELINE, 1, BASELINE)],
    )


def versions() -> Table:
    """One line a version: live beside promised."""
    ratios = ("Bias", "Coverage", "Promised coverage", "Hits", "Typical hits")
    panel = table(
        Spec(
            title="Versions",
            description=(
                "Each version that was scored, over the chosen last days; of the version that is served, also what its "
                "training promised."
            ),
            unit="short",
            series=[
                Series(live("quantity_live_orders")),
                Series(live("quantity_live_score")),
                Series(live("quantity_promised_score", VERSION)),
                Series(best_baseline()),
                Series(live("quantity_live_wape")),
                Series(live("quantity_live_bias")),
                Series(live("quantity_live_coverage_ratio")),
                Series(live("quantity_promised_coverage_ratio", VERSION)),
                Series(live("quantity_live_hit_ratio")),
                Series(live("quantity_live_typical_hit_ratio")),
            ],
            width=24,
            no_value="no version was scored",
        ),
        {
            "version": "Version",
            "Value #A": "Orders",
            "Value #B": "Live score",
            "Value #C": "Promised score",
            "Value #D": "Best baseline",
            "Value #E": "WAPE",
            "Value #F": "Bias",
            "Value #G": "Coverage",
            "Value #H": "Promised coverage",
            "Value #I": "Hits",
            "Value #J": "Typical hits",
        },
    )
    for name in ratios:
        panel.override_by_name(name, column("percentunit"))
    return panel


def _score(title: str, description: str, series: list[Question]) -> Chart:
    spec = Spec(title=title, description=description, unit="short", series=series, no_value="not scored")
    return lines(spec).decimals(3).span_nulls(span_nulls=True).override_by_name(BASELINE, DASHED)
