"""The row that answers at a glance: is the API up, is it used, does it fail, is it quick."""

from typing import Final

from grafana_foundation_sdk.builders.stat import Panel as Stat
from limits import ERROR_RATIO, P99_SECONDS
from panels import Spec, above, at_least, stat
from queries import API, TRAFFIC, or_zero, rate, total
from targets import Series

REQUESTS: Final = rate("http_requests_total", TRAFFIC)
ALL_INSTANCES: Final = "Over the last five minutes and all instances, as the alert sees it."


def service_stats() -> list[Stat]:
    """Is it up, is it used, does it fail, is it quick."""
    return [
        stat(
            Spec(
                title="Instances up",
                description="Instances of the API that answered Prometheus's last scrape.",
                unit="short",
                series=[Series(or_zero(total(f"up{{{API}}}")))],
                steps=at_least(1),
                width=3,
            )
        ),
        stat(
            Spec(
                title="Alerts firing",
                description=(
                    "Alerts of any severity that fire now; Prometheus's page /alerts says what to do about each."
                ),
                unit="short",
                series=[Series(or_zero('count(ALERTS{alertstate="firing"})'))],
                steps=above(1),
                width=3,
            )
        ),
        stat(
            Spec(
                title="Requests per minute",
                description="Requests answered, without probes and scrapes.",
                unit="reqpm",
                series=[Series(or_zero(f"{total(REQUESTS)} * 60"))],
                width=3,
            )
        ),
        stat(
            Spec(
                title="Error share",
                description=f"Share of the requests that failed with a 5xx. {ALL_INSTANCES}",
                unit="percentunit",
                series=[Series("job:http_request_errors:ratio_rate5m")],
                steps=above(ERROR_RATIO),
                width=3,
                no_value="no traffic",
            )
        ),
        stat(
            Spec(
                title="p99 duration",
                description=f"99 of 100 requests are quicker. {ALL_INSTANCES}",
                unit="s",
                series=[Series("job:http_request_duration_seconds:p99_rate5m")],
                steps=above(P99_SECONDS),
                width=3,
                no_value="no traffic",
            )
        ),
        stat(
            Spec(
                title="Under 100 ms",
                description=(
                    "Share of the requests of the last five minutes that took less than 100 ms, all instances."
                ),
                unit="percentunit",
                series=[Series("job:http_requests_under_100ms:ratio_rate5m")],
                steps=at_least(0.99),
                width=3,
                no_value="no traffic",
            )
        ),
    ]


def resource_stats() -> list[Stat]:
    """Memory and CPU of all chosen instances together."""
    return [
        stat(
            Spec(
                title="Memory",
                description="Resident memory of the chosen instances, together.",
                unit="bytes",
                series=[Series(total(f"process_resident_memory_bytes{{{API}}}"))],
                width=3,
            )
        ),
        stat(
            Spec(
                title="CPU",
                description="CPU time of the chosen instances, together; 100 % is one core.",
                unit="percentunit",
                series=[Series(total(rate("process_cpu_seconds_total", API)))],
                width=3,
            )
        ),
    ]
