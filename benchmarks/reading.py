"""Reading order files: this project's checked reading beside readers that check nothing, side by side in one run.

Run it with `make bench-reading`; ``--rows`` sets the size of the generated file. Each reader runs in a process of its
own, in rounds, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 3
ORDERS = "data_order.csv"


def with_this_project(folder: Path) -> int:
    """All three files, every cell and every rule checked."""
    from training.input_files.options import ReadingOptions  # noqa: PLC0415 - a process loads one reader alone
    from training.input_files.read import read_input_files  # noqa: PLC0415

    return len(read_input_files(folder, ReadingOptions(today=dt.date(2100, 1, 1))).tables.order_items)


def with_duckdb(folder: Path) -> int:
    """The orders with types, no rule checked, as numpy columns; two threads."""
    import duckdb  # noqa: PLC0415

    database = duckdb.connect()
    database.execute("SET threads = 2")
    columns = database.read_csv(str(folder / ORDERS)).fetchnumpy()
    return len(columns["QUANTITY"])


def with_pandas(folder: Path) -> int:
    """The orders with types, no rule checked, by pandas' reader in C."""
    import pandas as pd  # noqa: PLC0415

    return len(pd.read_csv(folder / ORDERS, parse_dates=["CHECKOUT_DATE"]))


READERS: dict[str, Callable[[Path], int]] = {
    "this project, every rule checked": with_this_project,
    "DuckDB, types only": with_duckdb,
    "pandas, types only": with_pandas,
}


def measured(reader: str, folder: Path) -> tuple[float, float]:
    """Seconds and peak MiB of one reader in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.reading", "--reader", reader, "--folder", str(folder)]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return answer["seconds"], answer["peak_mib"]


def read_once(reader: str, folder: Path) -> None:
    """Read the files and print what it took, in JSON."""
    began = time.perf_counter()
    rows = READERS[reader](folder)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "seconds": seconds, "peak_mib": peak}))


def compare(rows: int) -> None:
    """Generate a file, read it by each reader in turn, print medians and ratios."""
    with tempfile.TemporaryDirectory() as folder:
        sample = ["training.sample", "--shape", "synthetic", "--rows", str(rows), "--out", folder]
        subprocess.run([sys.executable, "-m", *sample], check=True)
        rounds = [{reader: measured(reader, Path(folder)) for reader in READERS} for _ in range(ROUNDS)]
    table = Table("reader", "seconds (median)", "spread", "ratio", "peak MiB", title=f"{rows:,} order lines")
    seconds = {reader: [one[reader][0] for one in rounds] for reader in READERS}
    base = statistics.median(seconds[next(iter(READERS))])
    for reader, values in seconds.items():
        median, peak = statistics.median(values), max(one[reader][1] for one in rounds)
        spread = f"{min(values):.1f} to {max(values):.1f}"
        table.add_row(reader, f"{median:.1f}", spread, f"{median / base:.2f}", f"{peak:,.0f}")
    Console(width=110).print(table)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="generated order lines (default %(default)s)")
    parser.add_argument("--reader", choices=READERS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.reader:
        read_once(arguments.reader, arguments.folder)
    else:
        compare(arguments.rows)


if __name__ == "__main__":
    main()
