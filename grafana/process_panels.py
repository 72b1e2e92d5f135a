"""Panels on the API's processes: instances, memory, CPU, open files."""

from grafana_foundation_sdk.builders.timeseries import Panel as Chart
from panels import Spec, above, at_least, lines
from queries import API, or_zero, rate, total
from targets import Series


def instances_over_time() -> Chart:
    """Instances found and instances that answer."""
    return lines(
        Spec(
            title="Instances",
            description=("Instances that Prometheus found by DNS, and how many of them answer. They should be equal."),
            unit="short",
            series=[
                Series(or_zero(total(f"up{{{API}}}")), "up"),
                Series(or_zero(f"count(up{{{API}}})"), "found"),
            ],
            steps=at_least(1),
            width=6,
        )
    )


def memory() -> Chart:
    """Resident memory."""
    return lines(
        Spec(
            title="Memory",
            description=(
                "Resident memory by instance. It rises for a moment while a new model or snapshot is "
                "loaded beside the old one; a steady rise is a leak."
            ),
            unit="bytes",
            series=[Series(total(f"process_resident_memory_bytes{{{API}}}", "instance"), "{{instance}}")],
            width=6,
        )
    )


def cpu() -> Chart:
    """CPU time."""
    return lines(
        Spec(
            title="CPU",
            description=(
                "CPU time by instance; 100 % is one core. An instance is one process: near 90 % add instances."
            ),
            unit="percentunit",
            series=[Series(total(rate("process_cpu_seconds_total", API), "instance"), "{{instance}}")],
            steps=above(0.9),
            width=6,
        )
    )


def open_files() -> Chart:
    """Open file descriptors."""
    return lines(
        Spec(
            title="Open files",
            description="File descriptors by instance, connections included. A steady rise is a leak.",
            unit="short",
            series=[Series(total(f"process_open_fds{{{API}}}", "instance"), "{{instance}}")],
            width=6,
        )
    )
