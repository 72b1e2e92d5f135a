"""Turns files of orders, products and stores, or raw tables and what is added, into features and publishes them.

Run it as ``python preprocess.py`` in this folder or ``python -m training.preprocess`` anywhere.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import logging
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.engine import connect
from quantity.db.failures import message_of
from quantity.db.keys import read_keys
from quantity.db.raw_tables import NoRawTablesError, read_raw_tables
from quantity.db.read import DatabaseReadError
from quantity.db.tables import NEXT, replaced_tables
from quantity.features.compute import PASSES, stream_features
from quantity.features.entities import derive_entities
from quantity.features.orders import orders_as_told
from quantity.settings import Settings, settings_or_exit
from training.appending.arguments import add_appending_arguments, is_appending
from training.appending.incoming import INCOMING
from training.appending.intake import BAD_APPENDS, append_files, take_in_folder
from training.appending.refusal import AppendedLinesError, ensure_nothing_appended
from training.appending.taking import Reading, merged_tables
from training.history.order_days import order_days
from training.history.packed_orders import OrderPacker
from training.incremental.plan import FullRunError
from training.incremental.run import publish_update
from training.input_files.arguments import add_reading_arguments, chosen_settings
from training.input_files.digest import digest_of
from training.input_files.find import find_input_files
from training.input_files.options import ReadingOptions
from training.input_files.read import InputFilesError, read_input_files
from training.input_files.report import ReadingReport
from training.phases import Phases, file_progress
from training.publish.as_of import NoOrdersBeforeError, known_before
from training.publish.control_tables import NewerDatabaseError
from training.publish.freshness import of_day, source_digest
from training.publish.lock import PublisherBusyError, publish_lock
from training.publish.publishing import NoPreviousSnapshotError, Origin, publication, roll_back
from training.publish.raw_digest import digest_of_raw
from training.publish.raw_origin import RawOrigin, source_of_raw_tables
from training.publish.room import room_for
from training.publish.run import Run
from training.publish.summary import print_published, print_summary, warn_of_other_features

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import URL, Engine

    from quantity.features.compute import StreamedFeatures
    from quantity.features.entities import Entities
    from quantity.features.orders import Orders
    from quantity.raw import RawTables
    from quantity.versions import Published
    from training.appending.intake import Intake
    from training.appending.report import AppendReport
    from training.publish.as_of import Known, Lines
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
    *BAD_APPENDS,
)

LINES_WORTH_TELLING = 1_000_000
"""From so many order lines on, a run says what it takes of memory and disk."""

EXIT_CODES = f"""\
exit codes:
  {DONE}  published (or rolled back), or nothing to append
  {DATABASE_FAILED}  the database failed; what was published before is still published
  {BAD_INPUT}  bad input or arguments; the database is as it was, but for the good files of --incoming
  {BUSY}  another run is publishing; the database is as it was
"""


def main(argv: Sequence[str] | None = None, settings: Settings | None = None) -> int:
    """Run the program; the result is its exit code."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    parser = _parser()
    arguments = parser.parse_args(argv)
    settings = settings or settings_or_exit()
    tomorrow = settings.today() + dt.timedelta(days=1)
    if arguments.as_of is not None and arguments.as_of > tomorrow:
        parser.error(f"argument --as-of: expected a day up to {tomorrow}, not {arguments.as_of}")
    if arguments.incremental and arguments.source == "csv" and not is_appending(arguments):
        parser.error("argument --incremental: expected with --source db, --append or --incoming")
    if arguments.raw_only and not is_appending(arguments):
        parser.error("argument --raw-only: expected with --append or --incoming")
    # Paths and names are text, whatever brackets they hold.
    console = Console(markup=False)
    try:
        with _connected(settings.database_url) as engine:
            _run(arguments, settings, engine, console)
    except BAD_INPUTS as error:
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
        record = roll_back(engine, arguments.wait)
        print_published(console, record, "rolled back to")
        warn_of_other_features(console, engine, record)
        return
    console.print(f"run {arguments.run_id}, database {engine.url!r}")
    # Held from the first read on: the raw tables stay those of the features that are made of them.
    with publish_lock(engine, arguments.wait) as lock, Phases(console) as phases:
        intake = _take_in(arguments, settings, engine, phases) if is_appending(arguments) else None
        if intake is None and is_appending(arguments):
            console.print("no files to take in: nothing to do")
            return
        if intake is not None and (arguments.raw_only or not intake.needs_features):
            intake.end_without_features(engine, console, phases, lock)
            return
        run = Run(engine, lock, phases, console, arguments.run_id, arguments.as_of, settings.today())
        report: ReadingReport | AppendReport | None = intake.report if intake else None
        if arguments.incremental:
            if intake is not None:
                intake.merge(engine, phases, lock)
            record, lines = _publish_update(run, settings)
        else:
            reading = _merge(engine, intake, phases) if intake else _read(arguments, settings, engine, phases)
            report = reading.report
            record, lines = _publish(run, settings, reading)
            if intake is not None:
                intake.move_files()
    if report is not None:
        report.print(console)
    print_summary(console, lines, phases.records)
    print_published(console, record, "published")
    if intake is not None:
        intake.tell_refused()


def _publish_update(run: Run, settings: Settings) -> tuple[Published, Lines]:
    try:
        return publish_update(run)
    except FullRunError as error:
        run.console.print(f"computing all rows: {error}", soft_wrap=True)
    return _publish(run, settings, _read_back(run.engine, run.phases))


def _publish(run: Run, settings: Settings, reading: _Reading) -> tuple[Published, Lines]:
    known = known_before(reading.raw, run.as_of, run.today)
    lines = known.lines
    _tell_room(run.console, room_for(run.engine, lines.before), lines.before)
    with publication(run.engine, run.still_held, run.progress) as next_snapshot:
        with run.phases.phase("write the raw tables, compute totals"), ThreadPoolExecutor(1) as background:
            origin_told = background.submit(
                _keep_raw, run.engine, next_snapshot, partial(_origin, run, settings, reading, known), reading
            )
            orders, entities = orders_as_told(known.raw.order_items), derive_entities(known.raw)
            # Memory that the rows need.
            del reading, known
            features = _compute(orders, entities, lines.as_of, run.phases)
            origin = origin_told.result()
            del origin_told
        with run.phases.phase("compute and write the rows"), OrderPacker(orders) as packer:
            next_snapshot.add_features(features, packer)
        return next_snapshot.publish(run.run_id, lines.before, origin), lines


@dataclass(frozen=True)
class _Reading:
    """The raw tables, with all orders, and the files that they come from, if any.

    Attributes:
        raw: the tables.
        report: on the files; None: the tables were read back from the database and stay as they are.
        content: the digest of the files, if they were loaded whole.
        appended_to: where tables come from that had files appended.
    """

    raw: RawTables
    report: ReadingReport | AppendReport | None = None
    content: str | None = None
    appended_to: RawOrigin | None = None


def _take_in(arguments: argparse.Namespace, settings: Settings, engine: Engine, phases: Phases) -> Intake | None:
    folder = arguments.data_dir or settings.data_dir
    with phases.phase("read and check the files"):
        options = ReadingOptions.from_settings(chosen_settings(arguments, settings))
        reading = Reading(options, folder, file_progress(phases))
        if arguments.append:
            intake: Intake | None = append_files(engine, arguments.append, reading)
        else:
            intake = take_in_folder(engine, arguments.incoming or folder / INCOMING, reading)
    if intake is not None:
        _write_report(arguments, intake.report)
    return intake


def _merge(engine: Engine, intake: Intake, phases: Phases) -> _Reading:
    with phases.phase("read the raw tables"):
        phases.start("read the raw tables", 1)
        raw = merged_tables(engine, intake.taking)
        phases.advance()
    return _Reading(raw, intake.report, appended_to=intake.origin)


def _read(arguments: argparse.Namespace, settings: Settings, engine: Engine, phases: Phases) -> _Reading:
    if arguments.source == "db":
        return _read_back(engine, phases)
    if not arguments.replace_appended:
        ensure_nothing_appended(engine)
    with phases.phase("read and check the files"):
        folder = arguments.data_dir or settings.data_dir
        options = ReadingOptions.from_settings(chosen_settings(arguments, settings))
        # Taken first: a file that changes while it is read is read again next time.
        content = digest_of(find_input_files(folder).paths)
        source = read_input_files(folder, options, read_keys(engine), file_progress(phases))
    _write_report(arguments, source.report)
    return _Reading(source.tables, source.report, content)


def _read_back(engine: Engine, phases: Phases) -> _Reading:
    with phases.phase("read the raw tables"):
        phases.start("read the raw tables", 1)
        raw = read_raw_tables(engine)
        phases.advance()
    return _Reading(raw)


def _tell_room(console: Console, room: Room, lines: int) -> None:
    if lines >= LINES_WORTH_TELLING:
        console.print(f"this run {room}", soft_wrap=True)
    if room.is_memory_short:
        console.print("warning: memory is short, and the system may end this run", soft_wrap=True)


def _compute(orders: Orders, entities: Entities, as_of: dt.date, phases: Phases) -> StreamedFeatures:
    what = "compute totals"
    phases.start(what, PASSES * len(orders))
    return stream_features(orders, entities, lambda count: phases.advance(count, what), as_of=as_of)


def _keep_raw(
    engine: Engine, next_snapshot: Publication, tell_origin: Callable[[], Origin], reading: _Reading
) -> Origin:
    """Tell what the raw tables come from, write them unless they are read from there, and sum up their days."""
    origin = tell_origin()
    if reading.report is not None:
        next_snapshot.add_raw(reading.raw, origin.of_raw)
    suffix = "" if reading.report is None else NEXT
    next_snapshot.add_order_days(order_days(engine, replaced_tables(suffix)["fact_order_items"]))
    return origin


def _write_report(arguments: argparse.Namespace, report: ReadingReport | AppendReport) -> None:
    if arguments.report:
        arguments.report.write_text(json.dumps(report.as_json(), indent=2) + "\n")


def _origin(run: Run, settings: Settings, reading: _Reading, known: Known) -> Origin:
    raw_digest = digest_of_raw(reading.raw)
    if isinstance(reading.report, ReadingReport) and reading.content and reading.report.orders.future:
        # Lines that are set aside for their day are in the files alone.
        source: str | None = source_digest(reading.content, settings, run.today)
        return Origin(source, raw_digest, RawOrigin(source))
    of_raw = reading.appended_to or RawOrigin(
        source_digest(reading.content, settings) if reading.content else source_of_raw_tables(run.engine, raw_digest)
    )
    source = of_raw.source_digest
    # With lines left out for being of today or later, the same tables give another snapshot tomorrow.
    if source and known.lines.later > 0 and run.as_of is None:
        source = of_day(source, run.today)
    return Origin(source, raw_digest, of_raw)


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
        type=dt.date.fromisoformat,
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
    add_appending_arguments(parser, what)
    add_reading_arguments(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
