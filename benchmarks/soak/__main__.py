"""Loads the service at half of its top rate for minutes: ``python -m benchmarks.soak``, or ``make bench-soak``.

It needs what ``make run`` leaves, works on a copy of it, and sends requests to this machine alone.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.serving.bodies import questions, write_lines
from benchmarks.serving.contest import ENDPOINT
from benchmarks.serving.errors import MeasurementError, MissingError
from benchmarks.serving.programs import service
from benchmarks.serving.subject import load_subject
from benchmarks.serving.wrk import require_wrk, run_wrk
from benchmarks.soak.growth import GrowthWatch
from benchmarks.soak.paced import run_paced
from benchmarks.soak.swaps import Swaps, copy_of
from local_servers.programs import ProgramEndedError, running
from quantity.settings import Settings

if TYPE_CHECKING:
    from benchmarks.soak.growth import Growth
    from benchmarks.soak.paced import Paced
    from local_servers.programs import Running

BODIES, PAIRS = 20_000, 3
TOP_SECONDS = 10
WARM_UP_SECONDS = 60
SHARE_OF_TOP = 0.5
MOST_RATIO = 3.0
"""The goal for p99 while models and snapshots change."""


def main() -> int:
    """Measure and print; the result is the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10, help="length of the soak (default 10)")
    parser.add_argument("--swap-seconds", type=int, default=60, help="length of the load with swaps (default 60)")
    options = parser.parse_args()
    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        require_wrk()
        with tempfile.TemporaryDirectory(prefix="bench-soak-") as folder:
            _measure(Path(folder), round(options.minutes * 60), options.swap_seconds)
    except (MissingError, MeasurementError, ProgramEndedError, TimeoutError) as error:
        sys.stderr.write(f"bench-soak: {error}\n")
        return 1
    return 0


def _measure(folder: Path, seconds: int, swap_seconds: int) -> None:
    settings = copy_of(Settings(), folder)
    snapshot = load_subject(settings).snapshot.features
    bodies = write_lines((asked.body() for asked in questions(snapshot, BODIES, PAIRS)), folder / "bodies")
    environment = {"LOCAL_DIR": str(settings.local_dir), "MYSQL_HOST": "", "MLFLOW_TRACKING_URI": ""}
    with running(service(environment), folder) as server:
        run_wrk(server.port, ENDPOINT, bodies, skip=0, seconds=TOP_SECONDS)  # warm
        top = run_wrk(server.port, ENDPOINT, bodies, skip=0, seconds=TOP_SECONDS).per_second
        print(f"top rate: {top:,.0f} requests a second of {PAIRS} pairs; the soak goes at half of it")
        soak, growth = _soak(server, bodies, top * SHARE_OF_TOP, WARM_UP_SECONDS + seconds)
        _print_soak(soak, growth, seconds)
        quiet = run_paced(server.port, bodies, per_second=top * SHARE_OF_TOP, seconds=swap_seconds)
        with Swaps(settings, server.port) as swaps:
            swapping = run_paced(server.port, bodies, per_second=top * SHARE_OF_TOP, seconds=swap_seconds)
        _print_swaps(quiet, swapping, swaps)


def _soak(server: Running, bodies: Path, per_second: float, seconds: int) -> tuple[Paced, Growth]:
    with GrowthWatch(server.pid) as watch:
        paced = run_paced(server.port, bodies, per_second=per_second, seconds=seconds)
        return paced, watch.growth(WARM_UP_SECONDS)


def _print_soak(soak: Paced, growth: Growth, seconds: int) -> None:
    print(
        f"{soak.requests:,} requests, {soak.per_second:,.0f} a second, {soak.failures:,} failed; "
        f"p50 {soak.p50_ms:.2f} ms, p99 {soak.p99_ms:.2f} ms"
    )
    print(
        f"over {seconds} s after {WARM_UP_SECONDS} s of warm-up: "
        f"memory {growth.mb_first:.1f} to {growth.mb_last:.1f} MB, slope {growth.mb_per_hour:+.1f} MB an hour; "
        f"descriptors {growth.first.descriptors} to {growth.last.descriptors}; "
        f"threads {growth.first.threads} to {growth.last.threads}"
    )


def _print_swaps(quiet: Paced, swapping: Paced, swaps: Swaps) -> None:
    print(
        f"p99 {quiet.p99_ms:.2f} ms in quiet, {swapping.p99_ms:.2f} ms while {swaps.champions} champions and "
        f"{swaps.snapshots} snapshots changed: {swapping.p99_ms / quiet.p99_ms:.1f} times (goal: at most "
        f"{MOST_RATIO:.0f}); {swapping.failures:,} of {swapping.requests:,} requests failed"
    )


if __name__ == "__main__":
    sys.exit(main())
