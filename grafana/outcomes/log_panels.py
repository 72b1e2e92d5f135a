"""Panels on the prediction log of the last day: what is kept, lost, and waits for the database."""

from typing import Final

from grafana_foundation_sdk.builders.timeseries import Panel as Chart
from limits import LOG_WAITING_SECONDS
from panels import Spec, above, bars, lines
from queries import API, events, rate, total
from targets import Series

LAST_DAY: Final = "24h"
"""In place of the dashboard's time range, which is made for days."""


def logged() -> Chart:
    """Pairs that go through the log."""
    return lines(
        Spec(
            title="Logged pairs",
            description=(
                "Pairs per minute: written to segments on disk, shipped to the database, and left out by "
                "PREDICTION_LOG_SHARE. Shipping comes in bursts; over time it keeps up with the writing."
            ),
            unit="cpm",
            series=[
                Series(f"{total(rate('quantity_logged_pairs_total', API))} * 60", "written"),
                Series(f"{total(rate('quantity_log_shipped_pairs_total', API))} * 60", "shipped"),
                Series(f"{total(rate('quantity_log_sampled_out_pairs_total', API))} * 60", "left out"),
            ],
            width=6,
            no_value="no traffic",
        )
    ).time_from(LAST_DAY)


def lost() -> Chart:
    """Pairs that will never be scored."""
    return bars(
        Spec(
            title="Lost pairs",
            description=(
                "Answered pairs that are not in the log. buffer: the disk was too slow; disk: it failed or was full; "
                "limit: the database was away for longer than PREDICTION_LOG_MEGABYTES hold; refused: it took "
                "nothing of a segment, which is kept on disk."
            ),
            unit="short",
            series=[Series(total(events("quantity_log_lost_pairs_total", API), "reason"), "{{reason}}")],
            steps=above(1),
            width=6,
        )
    ).time_from(LAST_DAY)


def waiting_bytes() -> Chart:
    """How much waits."""
    return lines(
        Spec(
            title="Waiting for the database",
            description="Size of the segments on disk that were not shipped yet; it grows while the database is away.",
            unit="bytes",
            series=[Series(f"max by (instance) (quantity_log_waiting_bytes{{{API}}})", "{{instance}}")],
            width=6,
        )
    ).time_from(LAST_DAY)


def waiting_time() -> Chart:
    """How long it waits."""
    return lines(
        Spec(
            title="Oldest waiting segment",
            description=(
                "Age of the oldest segment that was not shipped; seconds where all is well. Dashed: a quarter of an "
                "hour, where the alert begins."
            ),
            unit="s",
            series=[Series(f"max by (instance) (quantity_log_waiting_seconds{{{API}}})", "{{instance}}")],
            steps=above(LOG_WAITING_SECONDS),
            width=6,
        )
    ).time_from(LAST_DAY)
