"""The FastAPI Dashboard: traffic, failures, durations and resources of the API."""

from base_dashboard import (
    FASTAPI,
    QUANTITY_MODEL,
    QUANTITY_OUTCOMES,
    base,
    instance_variable,
    label_variable,
    link,
    with_rows,
)
from duration_panels import average_duration, duration_quantiles, share_under_100ms
from grafana_foundation_sdk.builders.dashboard import Dashboard
from process_panels import cpu, instances_over_time, memory, open_files
from queries import JOB, NO_PROBES
from service_stats import resource_stats, service_stats
from traffic_panels import body_sizes, errors_per_second, requests_by_status, requests_per_minute, routes


def build() -> Dashboard:
    """Return the dashboard."""
    board = (
        base(
            FASTAPI,
            "FastAPI Dashboard",
            "Traffic, failures, durations and resources of the prediction service.",
        )
        .with_variable(instance_variable())
        .with_variable(label_variable("handler", "Route", f"http_requests_total{{{JOB}, {NO_PROBES}}}"))
        .link(link("Quantity model", QUANTITY_MODEL))
        .link(link("Quantity outcomes", QUANTITY_OUTCOMES, same_time=False))
    )
    return with_rows(
        board,
        {
            "Now": [*service_stats(), *resource_stats()],
            "Traffic": [
                requests_per_minute(),
                requests_by_status(),
                errors_per_second(),
                routes(),
                body_sizes(),
            ],
            "Duration": [average_duration(), duration_quantiles(), share_under_100ms()],
            "Processes": [instances_over_time(), memory(), cpu(), open_files()],
        },
    )
