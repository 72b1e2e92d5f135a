"""The program as users run it, on generated files: what each phase takes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from benchmarks.scale.night import hold_back_last_day
from benchmarks.scale.training import Training, train
from local_servers.mysql_server import running_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training.phases import Phases

ROOT = Path(__file__).parents[2]
PHASE = re.compile(r"^│ (.+?) +│ ([\d.]+) +│ ([\d,]+) +│$", re.MULTILINE)
"""A row of the program's table of costs."""


@dataclass(frozen=True)
class Cost:
    """What one run takes.

    Attributes:
        lines: order lines.
        database: which kind.
        seconds: by phase.
        whole: from the program's start to its end, seconds.
        peak_mib: the largest process' peak resident memory.
        night: a run that adds the orders of one more day, incrementally, seconds.
        training: what training on it takes.
    """

    lines: int
    database: str
    seconds: dict[str, float]
    whole: float
    peak_mib: int
    night: float
    training: Training


def preprocess(lines: int, on_server: bool, folder: Path, phases: Phases) -> Cost:  # noqa: FBT001 - of two databases
    """Generate files of so many lines in a folder, unless they are there, publish them on a fresh database, train."""
    data = folder / "data"
    generate(lines, data, phases)
    night = hold_back_last_day(data)
    with _database(on_server, folder) as environment:
        name = "MariaDB" if on_server else "SQLite"
        phases.start(f"{lines:,} lines on {name}", 1)
        began = time.perf_counter()
        told = _run("training.preprocess", "--data-dir", str(data), **environment)
        whole = time.perf_counter() - began
        phases.advance()
        phases.start(f"the night after {lines:,} lines on {name}", 1)
        began = time.perf_counter()
        _run("training.preprocess", "--append", str(night), "--incremental", **environment)
        of_night = time.perf_counter() - began
        phases.advance()
        phases.start(f"train on {lines:,} lines on {name}", 1)
        training = train(environment)
        phases.advance()
    found = {phase: (float(seconds), int(mib.replace(",", ""))) for phase, seconds, mib in PHASE.findall(told)}
    seconds = {phase: cost for phase, (cost, _) in found.items()}
    return Cost(lines, name, seconds, whole, max(mib for _, mib in found.values()), of_night, training)


def generate(lines: int, data: Path, phases: Phases) -> None:
    """Write files of so many lines to a folder, unless they are there."""
    if not data.exists():
        phases.start(f"generate {lines:,} lines", 1)
        _run("training.sample", "--shape", "synthetic", "--rows", str(lines), "--out", str(data))
        phases.advance()


def cost_table(costs: list[Cost]) -> Table:
    """A row a run."""
    phases = list(dict.fromkeys(phase for cost in costs for phase in cost.seconds))
    table = Table(
        "order lines",
        "database",
        *(f"{phase}, s" for phase in phases),
        "whole run, s",
        "peak, MiB",
        "one day more, s",
        "share",
        "training, s",
        "peak, MiB",
    )
    for cost in costs:
        seconds = [f"{cost.seconds.get(phase, 0):.1f}" for phase in phases]
        trained = f"{cost.training.seconds:.1f}", f"{cost.training.peak_mib:,}"
        whole = f"{cost.whole:.1f}", f"{cost.peak_mib:,}", f"{cost.night:.1f}", f"{cost.night / cost.whole:.2f}"
        table.add_row(f"{cost.lines:,}", cost.database, *seconds, *whole, *trained)
    return table


@contextmanager
def _database(on_server: bool, folder: Path) -> Iterator[dict[str, str]]:  # noqa: FBT001 - of two databases
    """The variables that name a fresh database."""
    common = {"LOCAL_DIR": str(folder / "local"), "ARTIFACTS_DIR": str(folder / "artifacts")}
    if not on_server:
        yield common
        for path in (folder / "local").glob("*"):
            path.unlink()
        return
    with running_server() as server, server.database() as url:
        yield common | {
            "MYSQL_HOST": str(url.host),
            "MYSQL_PORT": str(url.port),
            "MYSQL_USER": str(url.username),
            "MYSQL_PASSWORD": str(url.password),
            "MYSQL_DATABASE": str(url.database),
        }


def _run(module: str, *arguments: str, **environment: str) -> str:
    command = [sys.executable, "-m", module, *arguments]
    variables = os.environ | {"COLUMNS": "200"} | environment
    return subprocess.run(command, cwd=ROOT, env=variables, check=True, capture_output=True, text=True).stdout
