"""Preprocessing on Spark with one and two workers, on generated files: seconds and memory."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table

from benchmarks.scale.preprocessing import ROOT, generate
from benchmarks.serving.errors import MissingError
from benchmarks.serving.resident import ResidentMemory

if TYPE_CHECKING:
    from pathlib import Path

    from training.phases import Phases

PYTHON = ROOT / ".spark-venv" / "bin" / "python"
STEP = re.compile(r"^(.+): done in ([\d.]+) s$", re.MULTILINE)
"""A line of the program's progress."""


@dataclass(frozen=True)
class SparkCost:
    """What one run takes.

    Attributes:
        lines: order lines.
        workers: Python processes that compute at the same time.
        seconds: by step.
        whole: from the program's start to its end, seconds.
        peak_mb: of the driver, Java and the workers together, MB; pages that several map count for each.
        parquet_mb: what is written, MB.
    """

    lines: int
    workers: int
    seconds: dict[str, float]
    whole: float
    peak_mb: float
    parquet_mb: float


def spark_cost(lines: int, workers: int, folder: Path, phases: Phases) -> SparkCost:
    """Write the features of generated files as Parquet files.

    Raises:
        MissingError: there is no environment with Spark.
    """
    if not PYTHON.exists():
        raise MissingError(f"{PYTHON} does not exist: make spark-venv")
    data, out = folder / "data", folder / f"{workers}_workers"
    generate(lines, data, phases)
    phases.start(f"{lines:,} lines on Spark, {workers} workers", 1)
    command = [str(PYTHON), "-m", "training.preprocess", "--engine", "spark", "--data-dir", str(data)]
    environment = os.environ | {"SPARK_MASTER": f"local[{workers}]", "LOCAL_DIR": str(folder / "local")}
    began = time.perf_counter()
    with subprocess.Popen(
        [*command, "--parquet", str(out), "--run-id", "run"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        with ResidentMemory(process.pid) as memory:
            told, _ = process.communicate()
        if process.returncode:
            raise RuntimeError(f"preprocessing on Spark ended with {process.returncode}: {told}")
    whole = time.perf_counter() - began
    phases.advance()
    seconds = {step: float(seconds) for step, seconds in STEP.findall(told)}
    written = sum(path.stat().st_size for path in out.rglob("*.parquet")) / 1e6
    shutil.rmtree(out)
    return SparkCost(lines, workers, seconds, whole, max(s.total for s in memory.since(0)), written)


def spark_table(costs: list[SparkCost]) -> Table:
    """A column a run."""
    ones = {cost.lines: cost.whole for cost in costs if cost.workers == 1}
    table = Table("order lines, Python processes", *(f"{cost.lines:,}, {cost.workers}" for cost in costs))
    table.add_row("whole run, s", *(f"{cost.whole:.1f}" for cost in costs))
    for step in dict.fromkeys(step for cost in costs for step in cost.seconds):
        table.add_row(f"{step}, s", *(f"{cost.seconds.get(step, 0):.1f}" for cost in costs))
    table.add_row("speed-up", *(f"{ones[cost.lines] / cost.whole:.2f}" for cost in costs))
    table.add_row("most memory of all processes, MB", *(f"{cost.peak_mb:,.0f}" for cost in costs))
    table.add_row("written, MB", *(f"{cost.parquet_mb:,.0f}" for cost in costs))
    return table
