"""The load generator: wrk, with a script that sends other bodies every time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.serving.errors import MeasurementError, MissingError
from local_servers.ports import HOST

if TYPE_CHECKING:
    from collections.abc import Mapping

SCRIPT = Path(__file__).with_suffix(".lua")
CONNECTIONS = 16
TIMEOUT_SECONDS = 30
START_SECONDS = 60
"""Reading the bodies takes a moment before the clock starts."""


@dataclass(frozen=True)
class Round:
    """What came of one run of wrk.

    Attributes:
        requests: how many were answered.
        seconds: how long it took.
        p50_ms, p99_ms, max_ms: latency, in milliseconds.
    """

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float

    @property
    def per_second(self) -> float:
        """Requests answered a second."""
        return self.requests / self.seconds


def require_wrk() -> None:
    """See that wrk is there.

    Raises:
        MissingError: it is not.
    """
    if shutil.which("wrk") is None:
        raise MissingError("the load generator wrk is not installed: apt-get install wrk")


def run_wrk(port: int, path: str, bodies: Path, *, skip: int, seconds: int) -> Round:
    """Load a server for some seconds, by 16 connections of one thread.

    Args:
        port: the server's.
        path: the endpoint's.
        bodies: a file with a body a line, sent in turn.
        skip: how many of them to begin after.
        seconds: how long.

    Raises:
        MeasurementError: a request failed.
    """
    result = wrk_result(SCRIPT, port, path, bodies, skip=skip, seconds=seconds, connections=CONNECTIONS)
    errors = {kind: count for kind, count in result.pop("errors").items() if count}
    if errors:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in errors.items())
        raise MeasurementError(
            f"of {result['requests']:,} requests to {path}, {sum(errors.values()):,} failed: {kinds}"
        )
    return Round(**result)


def wrk_result(
    script: Path,
    port: int,
    path: str,
    bodies: Path,
    *,
    skip: int,
    seconds: int,
    connections: int,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What a script of wrk prints at its end.

    Raises:
        MeasurementError: wrk failed.
    """
    command = ["wrk", "--threads=1", f"--connections={connections}", f"--duration={seconds}s"]
    command += [f"--timeout={TIMEOUT_SECONDS}s", f"--script={script}", f"http://{HOST}:{port}{path}"]
    done = subprocess.run(
        [*command, "--", str(bodies), str(skip)],
        env=os.environ | dict(environment or {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + TIMEOUT_SECONDS + START_SECONDS,
    )
    if done.returncode:
        raise MeasurementError(f"wrk ended with exit code {done.returncode}: {done.stdout}{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result
