"""What a running service says of itself, and waiting for it to say something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prometheus_client.parser import text_string_to_metric_families

from local_servers.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client import Metric

    from tests.support.api.service_process import Line, Process

RELOADS, FAILURES, COPY_FAILURES = (
    "quantity_reloads_total",
    "quantity_reload_failures_total",
    "quantity_local_copy_failures_total",
)
SOURCES = ("model", "snapshot")
_SECONDS, _INTERVAL_SECONDS = 120.0, 0.05


class Watch:
    """Asks a service how it is.

    Args:
        process: the service.
    """

    def __init__(self, process: Process) -> None:
        self.process = process

    def report(self) -> dict[str, Any]:
        """The answer of `GET /quantity/model`."""
        answer: dict[str, Any] = self.process.client.get("/quantity/model").json()
        return answer

    def readiness(self) -> tuple[int, dict[str, Any]]:
        """Status and content of `GET /healthcheck/ready`."""
        answer = self.process.client.get("/healthcheck/ready")
        return answer.status_code, answer.json()

    def families(self) -> list[Metric]:
        """All metrics."""
        return list(text_string_to_metric_families(self.process.client.get("/metrics").text))

    def metric(self, name: str, source: str) -> float:
        """The value of a metric of a source."""
        return self.value(name, source=source)

    def value(self, name: str, **labels: str) -> float:
        """The value of a series."""
        (value,) = (
            sample.value
            for family in self.families()
            for sample in family.samples
            if (sample.name, sample.labels) == (name, labels)
        )
        return value

    def lines(self, message: str) -> list[Line]:
        """The log's lines with a message."""
        return [line for line in self.process.lines if line["message"] == message]

    def wait_until_failing(self, source: str) -> None:
        """Return when the service has noticed that a source is down or holds something wrong."""
        self._wait(lambda report: source in report["errors"], f"{source} fails")

    def wait_for(self, version: str | None = None, publication: str | None = None) -> None:
        """Return when nothing is wrong and the service has this model version and this publication."""

        def current(report: dict[str, Any]) -> bool:
            features = report["features"] or {}
            return (
                (report["errors"], report["source"], features.get("source")) == ({}, "registry", "database")
                and version in (None, report["version"])
                and publication in (None, features["publication"])
            )

        self._wait(current, f"version {version} and publication {publication} are served")

    def _wait(self, condition: Callable[[dict[str, Any]], bool], what: str) -> None:
        try:
            wait_until(lambda: condition(self.report()), what, _SECONDS, _INTERVAL_SECONDS)
        except TimeoutError as error:
            error.add_note(f"instead: {self.report()}")
            raise
