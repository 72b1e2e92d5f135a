"""Turns files of orders, products and stores, or raw tables and what is added, into features and publishes them.

Run it as ``python preprocess.py`` in this folder or ``python -m training.preprocess`` anywhere.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.engine import connect
from quantity.db.failures import message_of
from quantity.db.raw_tables import NoRawTablesError
from quantity.db.read import DatabaseReadError
from quantity.db.tables import NEXT, replaced_tables
from quantity.settings import Settings, settings_or_exit
from training.appending.arguments import add_appending_arguments, is_appending
from training.appending.intake import BAD_APPENDS
from training.appending.refusal import AppendedLinesError
from training.history.order_days import order_days
from training.incremental.plan import FullRunError
from training.incremental.run import publish_update
from training.input_files.arguments import add_reading_arguments, calendar_date
from training.input_files.read import InputFilesError
from training.phases import Phases
from training.preprocessing.engines import (
    FolderInUseError,
    add_engine_arguments,
    fault_of_engine,
    is_read_by_workers,
    jobs_of,
    publish_from_database,
    write_parquet,
)
from training.preprocessing.lines_on_disk import LinesOnDisk
from training.preprocessing.raw_reading import merge, origin_of, read, read_back, take_in
from training.publish.as_of import NoOrdersBeforeError, known_before
from training.publish.control_tables import NewerDatabaseError
from training.publish.lock import PublisherBusyError, publish_lock
from training.publish.publishing import NoPreviousSnapshotError, Origin, publication, roll_back
from training.publish.room import room_for
from training.publish.run import Run
from training.publish.summary import print_published, print_summary, warn_of_other_features
from training.spark.session import SparkFailedError, SparkMissingError, ensure_spark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import URL, Engine

    from quantity.versions import Published
    from training.appending.report import AppendReport
    from training.input_files.report import ReadingReport
    from training.preprocessing.engines import EngineName
    from training.preprocessing.raw_reading import RawReading
    from training.publish.as_of import Lines
    from training.publish.publishing import Publication
    from training.publish.room import Room

DONE, DATABASE_FAILED, BAD_INPUT, BUSY = range(4)
"""Exit codes."""

BAD_INPUTS = (
    InputFilesError,
    NoOrdersBeforeError,
    NoRawTablesError,
    NoPreviousSnapshotError,
    NewerDatabaseError,
    AppendedLinesError,
    SparkMissingError,
    FolderInUseError,
    *BAD_APPENDS,
)

LINES_WORTH_TELLING = 1_000_000
"""From so many order lines on, a run says what it takes of memory and disk."""

EXIT_CODES = f"""\
exit codes:
  {DONE}  published (or rolled back), written (--parquet), or nothing to append
  {DATABASE_FAILED}  the database or Spark failed; what was published before is still published
  {BAD_INPUT}  bad input or arguments; the database is as it was, but for the good files of --incoming
  {BUSY}  another run is publishing; the database is as it was
"""


def main(argv: Sequence[str] | None = None, settings: Settings | None = None, *, prog: str = "preprocess.py") -> int:
    """Run the program; the result is its exit code."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    parser = _parser(prog)
    arguments = parser.parse_args(argv)
    settings = settings or settings_or_exit()
    if fault := _fault(arguments, settings):
        parser.error(fault)
    # Paths and names are text, whatever brackets they hold.
    console = Console(markup=False)
    try:
        with _connected(settings.database_url) as engine:
            if arguments.engine == "spark":
                ensure_spark()
            if arguments.parquet:
                write_parquet(arguments, settings, engine, console)
                return DONE
            _run(arguments, settings, engine, console)
    except BAD_INPUTS as error:
        return _fail(BAD_INPUT, str(error))
    except PublisherBusyError as error:
        return _fail(BUSY, str(error))
    except SparkFailedError as error:
        return _fail(DATABASE_FAILED, str(error))
    except (SQLAlchemyError, DatabaseReadError, OSError) as error:
        return _fail(DATABASE_FAILED, f"database {settings.database_url!r}: {message_of(error)}")
    return DONE


def _fault(arguments: argparse.Namespace, settings: Settings) -> str | None:
    """What is wrong with the arguments, if anything is."""
    tomorrow = settings.today() + dt.timedelta(days=1)
    if arguments.as_of is not None and arguments.as_of > tomorrow:
        return f"argument --as-of: expected a day up to {tomorrow}, not {arguments.as_of}"
    if arguments.incremental and arguments.source == "csv" and not is_appending(arguments):
        return "argument --incremental: expected with --source db, --append or --incoming"
    if arguments.raw_only and not is_appending(arguments):
        return "argument --raw-only: expected with --append or --incoming"
    return fault_of_engine(arguments, settings)


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
        record = roll_back(engine, arguments.wait)
        print_published(console, record, "rolled back to")
        warn_of_other_features(console, engine, record)
        return
    console.print(f"run {arguments.run_id}, database {engine.url!r}")
    # Held from the first read on: the raw tables stay those of the features that are made of them.
    with publish_lock(engine, arguments.wait) as lock, Phases(console) as phases:
        intake = take_in(arguments, settings, engine, phases) if is_appending(arguments) else None
        if intake is None and is_appending(arguments):
            console.print("no files to take in: nothing to do")
            return
        if intake is not None and (arguments.raw_only or not intake.needs_features):
            intake.end_without_features(engine, console, phases, lock)
            return
        run = Run(engine, lock, phases, console, arguments.run_id, arguments.as_of, settings.today())
        if arguments.incremental:
            if intake is not None:
                intake.merge(engine, phases, lock)
            done = _publish_update(run, settings, intake.report if intake else None)
        elif is_read_by_workers(arguments, engine):
            done = _Done(*publish_from_database(run, settings))
        else:
            # Nothing here keeps the tables.
            done = _publish(
                run,
                settings,
                arguments.engine,
                merge(engine, intake, phases) if intake else read(arguments, settings, engine, phases),
            )
            if intake is not None:
                intake.move_files()
    if done.report is not None:
        done.report.print(console)
    print_summary(console, done.lines, phases.records)
    print_published(console, done.record, "published")
    if intake is not None:
        intake.tell_refused()


class _Done(NamedTuple):
    """What a run has published, of which order lines, and the report on files that it read."""

    record: Published
    lines: Lines
    report: ReadingReport | AppendReport | None = None


def _publish_update(run: Run, settings: Settings, report: AppendReport | None) -> _Done:
    try:
        return _Done(*publish_update(run), report)
    except FullRunError as error:
        run.console.print(f"computing all rows: {error}", soft_wrap=True)
    return _publish(run, settings, "single", read_back(run.engine, run.phases))._replace(report=report)


def _publish(run: Run, settings: Settings, engine: EngineName, reading: RawReading) -> _Done:
    report = reading.report
    known = known_before(reading.raw, run.as_of, run.today)
    lines = known.lines
    _tell_room(run.console, room_for(run.engine, lines.before), lines.before)
    with (
        jobs_of(engine, settings, run.run_id, run.phases) as job_of,
        publication(run.engine, run.still_held, run.progress) as next_snapshot,
        ExitStack() as until_written,
    ):
        with (
            run.phases.phase("write the raw tables, compute totals"),
            LinesOnDisk(reading.raw.order_items, run.engine) as waiting,
            ThreadPoolExecutor(1) as background,
        ):
            tables = reading.without_lines()
            tell_origin = partial(origin_of, run, settings, tables, waiting, lines)
            origin_told = background.submit(_keep_raw, run.engine, next_snapshot, tables, waiting, tell_origin)
            job = job_of(known.raw)
            packer = until_written.enter_context(job.packer())
            # Memory that totals and rows need.
            del reading, known
            features = job.compute(lines.as_of)
            origin = origin_told.result()
        with run.phases.phase("compute and write the rows"):
            next_snapshot.add_features(features, packer)
        return _Done(next_snapshot.publish(run.run_id, lines.before, origin), lines, report)


def _tell_room(console: Console, room: Room, lines: int) -> None:
    if lines >= LINES_WORTH_TELLING:
        console.print(f"this run {room}", soft_wrap=True)
    if room.is_memory_short:
        console.print("warning: memory is short, and the system may end this run", soft_wrap=True)


def _keep_raw(
    engine: Engine,
    next_snapshot: Publication,
    tables: RawReading,
    waiting: LinesOnDisk,
    tell_origin: Callable[[], Origin],
) -> Origin:
    """Tell what the raw tables come from, write them unless they are read from there, and sum up their days."""
    origin = tell_origin()
    if tables.report is not None:
        next_snapshot.add_raw(tables.raw, origin.of_raw, waiting)
    suffix = "" if tables.report is None else NEXT
    next_snapshot.add_order_days(order_days(engine, replaced_tables(suffix)["fact_order_items"]))
    return origin


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description=(
            "Checks the orders, products and stores, computes each order's features as of its date, and "
            "publishes tables and features in one step: readers see the old ones or the new ones. "
            "The database is MySQL if MYSQL_HOST is set, else a SQLite file (see .env.example)."
        ),
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--source",
        choices=("csv", "db"),
        default="csv",
        help="csv: load the files whole (default); db: recompute from the raw tables loaded earlier",
    )
    parser.add_argument("--data-dir", type=Path, help="folder of the files (default: DATA_DIR, training/data)")
    parser.add_argument(
        "--as-of",
        type=calendar_date,
        metavar="DATE",
        help="the first day that the snapshot does not know, YYYY-MM-DD: only orders before it count (default: the day "
        "after the last complete day with orders, in TIME_ZONE)",
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the report on the files as JSON, too")
    parser.add_argument("--run-id", default=uuid.uuid4().hex[:12], help="name of this run in logs and tables")
    parser.add_argument(
        "--wait",
        type=float,
        default=0,
        metavar="SECONDS",
        help="wait so long for another run to end (default 0)",
    )
    parser.add_argument(
        "--incremental",
        action="store_true",
        help="with --source db, --append or --incoming: compute only those rows of the history that can have changed "
        "since the published snapshot, and keep the others; all of them where that is too much",
    )
    what.add_argument("--rollback", action="store_true", help="publish nothing: put the previous snapshot back")
    add_engine_arguments(parser)
    add_appending_arguments(parser, what)
    add_reading_arguments(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
