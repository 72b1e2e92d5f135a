"""One request of 10,000 pairs, beside the bare kernel on the same arrays in this process."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.table import Table

from benchmarks.serving.bodies import questions
from benchmarks.serving.client import Client
from benchmarks.serving.contest import ENDPOINT
from benchmarks.serving.programs import service
from benchmarks.serving.report import Finding
from benchmarks.serving.spread import Spread
from local_servers.programs import running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from api.serving.memory import ActivePair
    from training.phases import Phases

PAIRS, REQUESTS, WARM_UP = 10_000, 20, 3
MOST_RATIO = 1.5
"""The goal."""


@dataclass(frozen=True)
class LargeRequests:
    """Times in milliseconds, of the same pairs in the same place."""

    served: list[float] = field(default_factory=list)
    kernel: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> Spread:
        """The service's time as a multiple of the kernel's."""
        return Spread.of_ratios(self.served, self.kernel)


def measure_large(subject: ActivePair, folder: Path, phases: Phases) -> LargeRequests:
    """Ask the service and the kernel in turn, one question at a time.

    Raises:
        MeasurementError: the service did not start, or did not answer 200.
    """
    phases.start("large requests", WARM_UP + REQUESTS)
    measured = LargeRequests()
    predictor = subject.predictor
    with running(service(), folder) as server:
        client = Client(server.port)
        for number, asked in enumerate(questions(subject.snapshot.features, WARM_UP + REQUESTS, PAIRS)):
            served = _milliseconds(client.post, ENDPOINT, asked.body())
            kernel = _milliseconds(predictor.predict, asked.store_id, asked.product_id, asked.date)
            if number >= WARM_UP:
                measured.served.append(served)
                measured.kernel.append(kernel)
            phases.advance()
        client.close()
    return measured


def large_table(measured: LargeRequests) -> Table:
    """Both times and their ratio."""
    table = Table("", "ms", title=f"{PAIRS:,} pairs: median of {REQUESTS} (least to greatest)")
    table.add_row("service, from the first byte sent to the last received", Spread.of(measured.served).text(1))
    table.add_row("bare kernel: lookup and trees", Spread.of(measured.kernel).text(1))
    table.add_row("ratio", measured.ratio.text(2))
    return table


def large_findings(measured: LargeRequests) -> list[Finding]:
    """The goal, and what was reached."""
    medians = f"{Spread.of(measured.served).median:.0f} of {Spread.of(measured.kernel).median:.0f} ms"
    ratio = measured.ratio
    value = f"{ratio.text(2)}: {medians}"
    what = f"{PAIRS:,} pairs in one request, time as a multiple of the bare kernel's"
    return [Finding(what, value, f"≤ {MOST_RATIO:g}", ratio.median <= MOST_RATIO)]


def _milliseconds(task: Callable[..., object], *arguments: object) -> float:
    began = time.perf_counter()
    task(*arguments)
    return (time.perf_counter() - began) * 1000
