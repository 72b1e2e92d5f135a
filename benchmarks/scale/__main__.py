"""Preprocessing, training and serving at several sizes, in one run on one machine.

Run it with `make bench-scale` (OPTIONS="--lines 1000000" for a quick one). Each size is generated, read from files,
computed, published and trained on by the programs as users run them, on SQLite and MariaDB, and computed on Spark;
snapshots of many pairs are served from SQLite with the champion that `make run` has left.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from benchmarks.scale.loading import compare_loads
from benchmarks.scale.on_spark import spark_cost, spark_table
from benchmarks.scale.preprocessing import cost_table, preprocess
from benchmarks.scale.serving import serving_cost
from benchmarks.scale.serving_table import serving_table
from benchmarks.serving.errors import MissingError
from local_servers.mysql_server import ServerMissingError, running_server
from quantity.settings import Settings
from training.phases import Phases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from benchmarks.scale.on_spark import SparkCost
    from benchmarks.scale.preprocessing import Cost
    from benchmarks.scale.serving import ServingCost

LINES = (1_000_000, 10_000_000, 50_000_000)
PAIRS = (300_000, 1_000_000, 3_000_000, 10_000_000)
LOADED_LINES = 600_000
BYTES_A_LINE = 1100
"""Of disk: the file, the raw table, the history and the write-ahead log."""

BYTES_A_PAIR = 1000
"""Of disk: the table, the write-ahead log, and two local copies."""

SQLITE, MARIADB = "SQLite", "MariaDB"
SIZES, LOADING, SPARK, SERVING = "sizes", "loading", "spark", "serving"
WORKERS = (1, 2)
MOST_SPARK_LINES = 10_000_000


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench-scale", description=__doc__)
    parser.add_argument("--lines", type=int, nargs="+", default=LINES, help="sizes, order lines")
    parser.add_argument("--databases", nargs="+", choices=(SQLITE, MARIADB), default=(SQLITE, MARIADB))
    parser.add_argument("--folder", type=Path, help="where files and databases are written (default: a temporary one)")
    parser.add_argument("--pairs", type=int, nargs="+", default=PAIRS, help="sizes of the snapshots that are served")
    parser.add_argument("--only", choices=(SIZES, LOADING, SPARK, SERVING), help="one part of it")
    options = parser.parse_args(argv)
    console = Console()
    with Phases(console) as phases, tempfile.TemporaryDirectory(dir=options.folder) as folder:
        costs = _sizes(options, Path(folder), phases, console) if options.only in (None, SIZES) else []
        loads = _loads(options, phases, console) if options.only in (None, LOADING) else None
        on_spark = _on_spark(options, Path(folder), phases, console) if options.only in (None, SPARK) else []
        served = _served(options, Path(folder), phases, console) if options.only in (None, SERVING) else []
    if costs:
        console.print(cost_table(costs))
    if loads:
        console.print(loads)
    if on_spark:
        console.print(spark_table(on_spark))
    if served:
        console.print(serving_table(served))
    return 0


def _sizes(options: argparse.Namespace, folder: Path, phases: Phases, console: Console) -> list[Cost]:
    costs = []
    for lines in options.lines:
        for database in options.databases:
            here = folder / f"{lines}"
            if shutil.disk_usage(folder).free < lines * BYTES_A_LINE:
                console.print(
                    f"{lines:,} lines on {database}: left out, the disk has not {lines * BYTES_A_LINE:,} bytes"
                )
                continue
            try:
                costs.append(preprocess(lines, database == MARIADB, here, phases))
            except ServerMissingError as error:
                console.print(f"{database}: left out, {error}")
        shutil.rmtree(folder / f"{lines}", ignore_errors=True)
    return costs


def _loads(options: argparse.Namespace, phases: Phases, console: Console) -> Table | None:
    if MARIADB not in options.databases:
        return None
    try:
        with running_server() as server, server.database() as url:
            return compare_loads(url, LOADED_LINES, phases)
    except ServerMissingError as error:
        console.print(f"bare loads: left out, {error}")
        return None


def _on_spark(options: argparse.Namespace, folder: Path, phases: Phases, console: Console) -> list[SparkCost]:
    costs = []
    for lines in (lines for lines in options.lines if lines <= MOST_SPARK_LINES):
        here = folder / f"{lines}_on_spark"
        try:
            costs += [spark_cost(lines, workers, here, phases) for workers in WORKERS]
        except MissingError as error:
            console.print(f"Spark: left out, {error}")
            break
        shutil.rmtree(here)
    return costs


def _served(options: argparse.Namespace, folder: Path, phases: Phases, console: Console) -> list[ServingCost]:
    costs = []
    for pairs in options.pairs:
        if shutil.disk_usage(folder).free < pairs * BYTES_A_PAIR:
            console.print(f"serving {pairs:,} pairs: left out, the disk has not {pairs * BYTES_A_PAIR:,} bytes")
            continue
        here = folder / f"{pairs}_pairs"
        here.mkdir()
        try:
            costs.append(serving_cost(pairs, Settings(), here, phases))
        except MissingError as error:
            console.print(f"serving: left out, {error}")
            break
        shutil.rmtree(here)
    return costs


if __name__ == "__main__":
    sys.exit(main())
