"""The Quantity model dashboard: what is predicted, by which model, from features of which date."""

from base_dashboard import FASTAPI, QUANTITY_MODEL, QUANTITY_OUTCOMES, base, instance_variable, link, with_rows
from grafana_foundation_sdk.builders.dashboard import Dashboard
from model_panels import feature_age, instances, readiness, reload_failures, reloads, source_age, version_timeline
from model_stats import model_stats, prediction_stats
from prediction_panels import (
    pairs_per_request,
    predictions_by_status,
    quantity_distribution,
    quantity_statistics,
    shares,
    traffic_by_version,
)


def build() -> Dashboard:
    """Return the dashboard."""
    board = (
        base(
            QUANTITY_MODEL,
            "Quantity model",
            "What is predicted, by which model, from features of which date.",
        )
        .with_variable(instance_variable())
        .link(link("FastAPI Dashboard", FASTAPI))
        .link(link("Quantity outcomes", QUANTITY_OUTCOMES, same_time=False))
    )
    return with_rows(
        board,
        {
            "Now": [*model_stats(), *prediction_stats()],
            "Predictions": [
                predictions_by_status(),
                shares(),
                pairs_per_request(),
                quantity_distribution(),
                quantity_statistics(),
            ],
            "Model": [version_timeline(), traffic_by_version(), readiness()],
            "Features and reloads": [feature_age(), source_age(), reloads(), reload_failures(), instances()],
        },
    )
