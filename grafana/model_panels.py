"""Panels on what the API has loaded: model versions, features, reloads, readiness."""

from grafana_foundation_sdk.builders.statetimeline import Panel as Timeline
from grafana_foundation_sdk.builders.table import Panel as Table
from grafana_foundation_sdk.builders.timeseries import Panel as Chart
from limits import FEATURES_AGE_SECONDS, SOURCE_AGE_SECONDS
from panels import READINESS, Spec, above, at_least, bars, column, lines, states, table, timeline
from queries import API, events, moments, total
from targets import Series


def version_timeline() -> Timeline:
    """Which versions were served when."""
    return timeline(
        Spec(
            title="Model versions",
            description=(
                "One row for each version that was served, with the number of instances that held it. A "
                "promotion ends one row and begins another; the same instance never holds two."
            ),
            unit="short",
            series=[
                Series(
                    f"count by (name, version, alias) (quantity_model_info{{{API}}})",
                    "{{name}} {{version}} @{{alias}}",
                ),
            ],
            no_value="no model",
        )
    )


def feature_age() -> Chart:
    """Age of the features against the alert's limit."""
    return lines(
        Spec(
            title="Feature age",
            description=(
                "Time since the features' as-of date by instance. It falls when a new snapshot is loaded. "
                "Dashed: three days, where the alert begins."
            ),
            unit="s",
            series=[Series(f"max by (instance) (quantity_features_age_seconds{{{API}}})", "{{instance}}")],
            steps=above(FEATURES_AGE_SECONDS),
            width=6,
            no_value="no snapshot",
        )
    )


def reloads() -> Chart:
    """New models and snapshots taken into service."""
    return bars(
        Spec(
            title="Reloads",
            description="Models and snapshots that replaced the ones before, all chosen instances together.",
            unit="short",
            series=[Series(total(events("quantity_reloads_total", API), "source"), "{{source}}")],
            width=6,
        )
    )


def reload_failures() -> Chart:
    """Models and snapshots that could not be taken into service."""
    return bars(
        Spec(
            title="Failed reloads",
            description=(
                "Looks and loads that failed, after which the version before still serves. What goes on failing for a "
                "minute raises QuantityReloadFailing."
            ),
            unit="short",
            series=[Series(total(events("quantity_reload_failures_total", API), "source"), "{{source}}")],
            steps=above(1),
            width=6,
        )
    )


def source_age() -> Chart:
    """Time since registry and database have last answered, against the alert's limit."""
    return lines(
        Spec(
            title="Last look at the sources",
            description=(
                "Time since the registry (model) and the database (snapshot) have last said what they have; seconds "
                "where all is well. Dashed: five minutes, where the alert begins."
            ),
            unit="s",
            series=[
                Series(f"max by (source) (quantity_source_last_look_age_seconds{{{API}}})", "{{source}}"),
            ],
            steps=above(SOURCE_AGE_SECONDS),
            width=6,
        )
    )


def readiness() -> Timeline:
    """When each instance could predict."""
    return timeline(
        Spec(
            title="Ready",
            description=("When each instance held a model and a snapshot; not ready means that it answers 503."),
            unit="short",
            series=[Series(f"max by (instance) (quantity_ready{{{API}}})", "{{instance}}")],
            steps=at_least(1),
        ),
        READINESS,
    )


def instances() -> Table:
    """One line an instance: what it serves, since when."""
    return (
        table(
            Spec(
                title="Instances",
                description="What each instance serves now, and since when (UTC).",
                unit="short",
                series=[
                    Series(f"max by (instance) (quantity_ready{{{API}}})"),
                    Series(f"max by (instance, version, alias) (quantity_model_info{{{API}}})"),
                    Series(f"max by (instance) ({moments('quantity_model_loaded_timestamp_seconds', API)})"),
                    Series(f"max by (instance) ({moments('quantity_features_as_of_timestamp_seconds', API)})"),
                ],
                width=24,
                no_value="no instance",
            ),
            {
                "instance": "Instance",
                "Value #A": "Ready",
                "version": "Model version",
                "alias": "Alias",
                "Value #C": "Model loaded",
                "Value #D": "Features as of",
            },
            hidden=["Value #B"],
        )
        .override_by_name("Ready", states(READINESS))
        .override_by_name("Model loaded", column("dateTimeAsIso"))
        .override_by_name("Features as of", column("time:YYYY-MM-DD"))
    )
