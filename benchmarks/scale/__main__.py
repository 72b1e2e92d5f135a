"""Preprocessing and training at several sizes, on SQLite and MariaDB, in one run on one machine.

Run it with `make bench-scale` (OPTIONS="--lines 1000000" for a quick one). Each size is generated, read from files,
computed, published and trained on by the programs as users run them.
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
from benchmarks.scale.preprocessing import cost_table, preprocess
from local_servers.mysql_server import ServerMissingError, running_server
from training.phases import Phases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from benchmarks.scale.preprocessing import Cost

LINES = (1_000_000, 10_000_000, 50_000_000)
LOADED_LINES = 200_000
BYTES_A_LINE = 1100
"""Of disk: the file, the raw table, the history and the write-ahead log."""

SQLITE, MARIADB = "SQLite", "MariaDB"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench-scale", description=__doc__)
    parser.add_argument("--lines", type=int, nargs="+", default=LINES, help="sizes, order lines")
    parser.add_argument("--databases", nargs="+", choices=(SQLITE, MARIADB), default=(SQLITE, MARIADB))
    parser.add_argument("--folder", type=Path, help="where files and databases are written (default: a temporary one)")
    parser.add_argument("--only", choices=("sizes", "loading"), help="one part of it")
    options = parser.parse_args(argv)
    console = Console()
    with Phases(console) as phases, tempfile.TemporaryDirectory(dir=options.folder) as folder:
        costs = _sizes(options, Path(folder), phases, console) if options.only != "loading" else []
        loads = _loads(options, phases, console) if options.only != "sizes" else None
    if costs:
        console.print(cost_table(costs))
    if loads:
        console.print(loads)
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


if __name__ == "__main__":
    sys.exit(main())
