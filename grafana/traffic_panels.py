"""Panels on what is asked of the API, and how much of it fails."""

from typing import Final

from grafana_foundation_sdk.builders.table import Panel as Table
from grafana_foundation_sdk.builders.timeseries import Panel as Chart
from panels import Spec, areas, column, lines, table
from queries import TRAFFIC, mean, or_zero, quantile, rate, total
from targets import Series

FAILED: Final = f'{TRAFFIC}, status="5xx"'
REFUSED: Final = f'{TRAFFIC}, status="4xx"'
REQUESTS: Final = rate("http_requests_total", TRAFFIC)
FAILURES: Final = rate("http_requests_total", FAILED)
DURATION: Final = "http_request_duration_seconds"


def requests_per_minute() -> Chart:
    """Traffic by route."""
    return lines(
        Spec(
            title="Requests per minute",
            description="Requests by route template; `none` stands for paths that match no route.",
            unit="reqpm",
            series=[Series(f"{total(REQUESTS, 'handler')} * 60", "{{handler}}")],
            no_value="no traffic",
        )
    )


def requests_by_status() -> Chart:
    """Traffic by group of HTTP status."""
    return areas(
        Spec(
            title="Requests by status",
            description=(
                "Requests per minute by group of HTTP status; the log's lines have the status itself. "
                "4xx: refused input; 5xx: no model or no snapshot yet (503), or a fault."
            ),
            unit="reqpm",
            series=[Series(f"{total(REQUESTS, 'status')} * 60", "{{status}}")],
            no_value="no traffic",
        )
    )


def errors_per_second() -> Chart:
    """Failures and refusals."""
    return lines(
        Spec(
            title="Errors per second",
            description=("5xx: the service failed, which should never happen. 4xx: the caller's input was refused."),
            unit="reqps",
            series=[
                Series(or_zero(total(FAILURES)), "5xx"),
                Series(or_zero(total(rate("http_requests_total", REFUSED))), "4xx"),
            ],
        )
    )


def routes() -> Table:
    """One line a route."""
    by_route = total(REQUESTS, "handler")
    failed = f"({total(FAILURES, 'handler')} or {by_route} * 0) / ({by_route} > 0)"
    return (
        table(
            Spec(
                title="Routes",
                description="Each route's traffic, durations and share of 5xx at this moment.",
                unit="reqpm",
                series=[
                    Series(f"{by_route} * 60"),
                    Series(mean(DURATION, TRAFFIC, "handler")),
                    Series(quantile(0.99, DURATION, TRAFFIC, "handler")),
                    Series(failed),
                ],
                width=16,
                no_value="no traffic",
            ),
            {
                "handler": "Route",
                "Value #A": "Requests per minute",
                "Value #B": "Average",
                "Value #C": "p99",
                "Value #D": "Error share",
            },
        )
        .override_by_name("Average", column("s"))
        .override_by_name("p99", column("s"))
        .override_by_name("Error share", column("percentunit"))
    )


def body_sizes() -> Chart:
    """Size of what goes in and out."""
    return lines(
        Spec(
            title="Body size",
            description=("Mean size of the bodies of requests and answers; it grows with the pairs per request."),
            unit="bytes",
            series=[
                Series(mean("http_request_size_bytes", TRAFFIC), "request"),
                Series(mean("http_response_size_bytes", TRAFFIC), "answer"),
            ],
            no_value="no traffic",
        )
    )
