"""Panels on how long the API takes to answer."""

from typing import Final

from grafana_foundation_sdk.builders.timeseries import Panel as Chart
from limits import P99_SECONDS
from panels import Spec, above, at_least, lines
from queries import TRAFFIC, mean, quantile, rate, share, total
from targets import Series

DURATION: Final = "http_request_duration_seconds"
QUICK: Final = total(rate(f"{DURATION}_bucket", f'{TRAFFIC}, le="0.1"'))


def average_duration() -> Chart:
    """Mean duration by route."""
    return lines(
        Spec(
            title="Average duration",
            description=(
                "Mean time from request to answer by route. A few slow requests can hide in it: see the quantiles."
            ),
            unit="s",
            series=[Series(mean(DURATION, TRAFFIC, "handler"), "{{handler}}")],
            no_value="no traffic",
        )
    )


def duration_quantiles() -> Chart:
    """Median and tail of the duration."""
    return lines(
        Spec(
            title="Duration p50, p90, p99",
            description=("Half, nine tenths and 99 of 100 requests are quicker. Dashed: the limit of the p99's alert."),
            unit="s",
            series=[Series(quantile(q, DURATION, TRAFFIC), f"p{q * 100:.0f}") for q in (0.5, 0.9, 0.99)],
            steps=above(P99_SECONDS),
            no_value="no traffic",
        )
    )


def share_under_100ms() -> Chart:
    """How many requests are quick enough to pre-fill a cart without a noticeable wait."""
    return lines(
        Spec(
            title="Requests under 100 ms",
            description=(
                "Share of the requests that took less than 100 ms, which a person does not notice as waiting."
            ),
            unit="percentunit",
            series=[Series(share(QUICK, total(rate(f"{DURATION}_count", TRAFFIC))), "under 100 ms")],
            steps=at_least(0.99),
            no_value="no traffic",
        )
    ).max(1)
