"""Turns the three CSV files, or the raw tables, into features and publishes them.

Run it as ``python preprocess.py`` in this folder or ``python -m training.preprocess`` anywhere.
"""

from __future__ import annotations

import argparse
import logging
import sys
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.engine import connect
from quantity.db.failures import message_of
from quantity.db.raw_tables import NoRawTablesError, read_raw_tables
from quantity.db.read import DatabaseReadError
from quantity.features.compute import STEPS, compute_features
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from quantity.settings import Settings, settings_or_exit
from training.input_files.files import CsvError, read_csv_files
from training.phases import Phases
from training.publish.lock import PublisherBusyError, publish_lock
from training.publish.publishing import NoPreviousSnapshotError, Progress, publish, roll_back
from training.publish.summary import print_published, print_summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import URL, Engine

    from quantity.features.compute import FeatureSet
    from quantity.raw import RawTables
    from quantity.versions import Published
    from training.publish.lock import StillHeld

DONE, DATABASE_FAILED, BAD_INPUT, BUSY = range(4)
"""Exit codes."""

ROWS_WORTH_A_BAR = 10_000

EXIT_CODES = f"""\
exit codes:
  {DONE}  published (or rolled back)
  {DATABASE_FAILED}  the database failed; what was published before is still published
  {BAD_INPUT}  bad input or arguments; the database is as it was
  {BUSY}  another run is publishing; the database is as it was
"""


def main(argv: Sequence[str] | None = None, settings: Settings | None = None) -> int:
    """Run the program; the result is its exit code."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    arguments = _parser().parse_args(argv)
    settings = settings or settings_or_exit()
    # Paths and names are text, whatever brackets they hold.
    console = Console(markup=False)
    try:
        with _connected(settings.database_url) as engine:
            _run(arguments, settings, engine, console)
    except (CsvError, NoRawTablesError, NoPreviousSnapshotError) as error:
        return _fail(BAD_INPUT, str(error))
    except PublisherBusyError as error:
        return _fail(BUSY, str(error))
    except (SQLAlchemyError, DatabaseReadError, OSError) as error:
        return _fail(DATABASE_FAILED, f"database {settings.database_url!r}: {message_of(error)}")
    return DONE


@contextmanager
def _connected(url: URL) -> Iterator[Engine]:
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _fail(code: int, message: str) -> int:
    sys.stderr.write(f"preprocess: {message}\n")
    return code


def _run(arguments: argparse.Namespace, settings: Settings, engine: Engine, console: Console) -> None:
    if arguments.rollback:
        print_published(console, roll_back(engine, arguments.wait), "rolled back to")
        return
    console.print(f"run {arguments.run_id}, database {engine.url!r}")
    # Held from the first read on: the raw tables stay those of the features that are made of them.
    with publish_lock(engine, arguments.wait) as lock, Phases(console) as phases:
        counts, raw = _read(arguments, settings, engine, phases)
        features = _compute(raw, phases)
        record = _publish(arguments, engine, lock, features=features, raw=raw, phases=phases)
    print_summary(console, raw, counts, phases.records)
    print_published(console, record, "published")


def _read(
    arguments: argparse.Namespace, settings: Settings, engine: Engine, phases: Phases
) -> tuple[dict[str, int], RawTables]:
    """The raw tables, and counts to report that only the CSV files tell."""
    if arguments.source == "db":
        with phases.phase("read the raw tables"):
            phases.start("read the raw tables", 1)
            raw = read_raw_tables(engine)
            phases.advance()
        return {}, raw
    with phases.phase("read and check the CSV files"):
        current = ""

        def show(name: str, share: float) -> None:
            nonlocal current
            if name != current:
                phases.start(f"read {name}", 100)
                current = name
            phases.advance_to(round(share * 100))

        source = read_csv_files(arguments.data_dir or settings.data_dir, show)
    dropped = {"empty tags dropped": source.empty_tags, "repeated tags dropped": source.repeated_tags}
    return source.rows | dropped | {"repeated stores dropped": source.repeated_stores}, source.tables


def _compute(raw: RawTables, phases: Phases) -> FeatureSet:
    with phases.phase("compute the features"):
        phases.start("compute features", STEPS)
        orders = sum_order_lines(raw.order_items)
        return compute_features(orders, derive_entities(raw), lambda _: phases.advance())


def _publish(
    arguments: argparse.Namespace,
    engine: Engine,
    lock: StillHeld,
    *,
    features: FeatureSet,
    raw: RawTables,
    phases: Phases,
) -> Published:
    with phases.phase("write and publish"):
        return publish(
            engine,
            features,
            run_id=arguments.run_id,
            order_rows=len(raw.order_items),
            raw=raw if arguments.source == "csv" else None,
            lock=lock,
            progress=Progress(
                lambda table, rows: phases.start(f"write {table}", rows, at_least=ROWS_WORTH_A_BAR), phases.advance
            ),
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="preprocess.py",
        description=(
            "Checks the orders, products and stores, computes each order's features as of its date, and "
            "publishes tables and features in one step: readers see the old ones or the new ones. "
            "The database is MySQL if MYSQL_HOST is set, else a SQLite file (see .env.example)."
        ),
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--source",
        choices=("csv", "db"),
        default="csv",
        help="csv: load the three files (default); db: recompute from the raw tables loaded earlier",
    )
    parser.add_argument("--data-dir", type=Path, help="folder of the CSV files (default: DATA_DIR, training/data)")
    parser.add_argument("--run-id", default=uuid.uuid4().hex[:12], help="name of this run in logs and tables")
    parser.add_argument(
        "--wait",
        type=float,
        default=0,
        metavar="SECONDS",
        help="wait so long for another run to end (default 0)",
    )
    parser.add_argument("--rollback", action="store_true", help="publish nothing: put the previous snapshot back")
    return parser


if __name__ == "__main__":
    sys.exit(main())
