"""A constant rate of requests, by wrk: many connections that each pause between an answer and the next request."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.serving.client import HOST
from benchmarks.serving.contest import ENDPOINT
from benchmarks.serving.errors import MeasurementError
from benchmarks.serving.wrk import SCRIPT, START_SECONDS, TIMEOUT_SECONDS

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
    command = ["wrk", "--threads=1", f"--connections={CONNECTIONS}", f"--duration={seconds}s"]
    command += [f"--timeout={TIMEOUT_SECONDS}s", f"--script={PACED}", f"http://{HOST}:{port}{ENDPOINT}"]
    done = subprocess.run(
        [*command, "--", str(bodies), "0"],
        env=os.environ | {"WRK_SCRIPT": str(SCRIPT), "PAUSE_MS": str(pause_ms)},
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + TIMEOUT_SECONDS + START_SECONDS,
    )
    if done.returncode:
        raise MeasurementError(f"wrk ended with exit code {done.returncode}: {done.stdout}{done.stderr}")
    result = json.loads(done.stdout.splitlines()[-1])
    return Paced(
        requests=result["requests"],
        failures=sum(result["errors"].values()),
        per_second=result["requests"] / result["seconds"],
        p50_ms=result["p50_ms"],
        p99_ms=result["p99_ms"],
    )
