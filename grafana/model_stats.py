"""The row that answers at a glance: which model and features are served, and for how many pairs."""

from grafana_foundation_sdk.builders.stat import Panel as Stat
from limits import FEATURES_AGE_SECONDS
from panels import Spec, above, at_least, stat
from queries import API, moments, or_zero, rate, total
from targets import Series


def model_stats() -> list[Stat]:
    """Readiness, the version served, and the age of what it knows."""
    return [
        stat(
            Spec(
                title="Ready instances",
                description=("Instances that hold a model and a snapshot, and so can predict. The others answer 503."),
                unit="short",
                series=[Series(or_zero(total(f"quantity_ready{{{API}}}")))],
                steps=at_least(1),
                width=3,
            )
        ),
        stat(
            Spec(
                title="Serving",
                description=(
                    "Model version and alias in memory. Two versions at once are a rollout, or an instance that lags."
                ),
                unit="short",
                series=[
                    Series(f"max by (version, alias) (quantity_model_info{{{API}}})", "{{version}} @{{alias}}"),
                ],
                width=3,
                no_value="no model",
            ),
            show_name=True,
        ),
        stat(
            Spec(
                title="Features as of",
                description=("Predictions use orders before this date: the oldest of the chosen instances' snapshots."),
                unit="time:YYYY-MM-DD",
                series=[Series(f"min({moments('quantity_features_as_of_timestamp_seconds', API)})")],
                width=3,
                no_value="no snapshot",
            )
        ),
        stat(
            Spec(
                title="Feature age",
                description=(
                    "Time since the features' as-of date. Red from three days, where the alert "
                    "QuantityFeaturesStale begins; historic demonstration data is always red."
                ),
                unit="s",
                series=[Series(f"max(quantity_features_age_seconds{{{API}}})")],
                steps=above(FEATURES_AGE_SECONDS),
                width=3,
                no_value="no snapshot",
            )
        ),
    ]


def prediction_stats() -> list[Stat]:
    """How much is predicted, and for how many pairs without history or without knowledge."""
    return [
        stat(
            Spec(
                title="Predictions per minute",
                description="Store and product pairs answered, whatever their status.",
                unit="cpm",
                series=[Series(or_zero(f"{total(rate('quantity_predictions_total', API))} * 60"))],
                width=3,
            )
        ),
        stat(
            Spec(
                title="Cold start",
                description=(
                    "Share of the pairs never ordered together, over five minutes and all instances. They "
                    "are predicted from the store's and the product's other orders, with wider ranges."
                ),
                unit="percentunit",
                series=[Series("job:quantity_predictions_cold_start:ratio_rate5m")],
                steps=above(0.5),
                width=3,
                no_value="no traffic",
            )
        ),
        stat(
            Spec(
                title="Unknown",
                description=(
                    "Share of the pairs whose store or product the snapshot lacks, over five minutes and "
                    "all instances. They get no quantity: a rise means a catalogue that preprocessing has "
                    "not seen."
                ),
                unit="percentunit",
                series=[Series("job:quantity_predictions_unknown:ratio_rate5m")],
                steps=above(0.1),
                width=3,
                no_value="no traffic",
            )
        ),
        stat(
            Spec(
                title="Failed reloads",
                description=(
                    "Failed loads of a model or snapshot in the time range shown. What was loaded before still serves."
                ),
                unit="short",
                series=[
                    Series(or_zero(f"round(sum(increase(quantity_reload_failures_total{{{API}}}[$__range])))")),
                ],
                steps=above(1),
                width=3,
            )
        ),
    ]
