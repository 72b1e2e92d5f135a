"""A constant rate of requests, by wrk: many connections that each pause between an answer and the next request."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.serving.contest import ENDPOINT
from benchmarks.serving.wrk import SCRIPT, wrk_result

CONNECTIONS = 64
PACED = Path(__file__).with_suffix(".lua")


@dataclass(frozen=True)
class Paced:
    """What came of it.

    Attributes:
        requests: how many were answered.
        failures: how many were not, or not with 200.
        per_second: the rate that was reached.
        p50_ms, p99_ms: latency, in milliseconds.
    """

    requests: int
    failures: int
    per_second: float
    p50_ms: float
    p99_ms: float


def run_paced(port: int, bodies: Path, *, per_second: float, seconds: int) -> Paced:
    """Ask at this rate for so long.

    Raises:
        MeasurementError: wrk failed.
    """
    pause_ms = round(1000 * CONNECTIONS / per_second)
    result = wrk_result(
        PACED,
        port,
        ENDPOINT,
        bodies,
        skip=0,
        seconds=seconds,
        connections=CONNECTIONS,
        environment={"WRK_SCRIPT": str(SCRIPT), "PAUSE_MS": str(pause_ms)},
    )
    return Paced(
        requests=result["requests"],
        failures=sum(result["errors"].values()),
        per_second=result["requests"] / result["seconds"],
        p50_ms=result["p50_ms"],
        p99_ms=result["p99_ms"],
    )
