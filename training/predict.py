"""Answers whole lists of pairs of store and product at once, into a file, a table, or both.

Run it as ``python predict.py`` in this folder or ``python -m training.predict`` anywhere.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow.exceptions import MlflowException
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.engine import connect
from quantity.db.failures import message_of
from quantity.db.read import DatabaseReadError
from quantity.db.snapshots import FeatureListError, SnapshotChangedError
from quantity.model_files import ModelLoadError
from quantity.settings import Settings, settings_or_exit
from quantity.tracking_server import (
    TrackingServerError,
    client_variables,
    ensure_answering,
    reason_of,
    without_passwords,
)
from training.input_files.arguments import calendar_date
from training.phases import Phases, file_progress
from training.proposals.answers import Proposals, dates_between
from training.proposals.champion import NothingToAnswerWithError, answering
from training.proposals.files import WRITERS, copied, written
from training.proposals.pairs import PairsFileError, active_pairs, read_pairs
from training.proposals.table import publish_proposals, rows_of_table
from training.publish.control_tables import NewerDatabaseError
from training.publish.lock import PublisherBusyError, publish_lock

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    import pyarrow as pa
    from sqlalchemy import Engine

    from training.proposals.champion import Answering

DONE, SERVER_FAILED, NOTHING_TO_ANSWER = range(3)
"""Exit codes."""

ACTIVE_DAYS = 91
MOST_DATES = 366


def main(argv: Sequence[str] | None = None, settings: Settings | None = None, *, prog: str = "predict.py") -> int:
    """Run the program; the result is its exit code."""
    # MLflow and Alembic narrate every step.
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    parser = _parser(prog)
    arguments = parser.parse_args(argv)
    settings = settings or settings_or_exit(training=True)
    dates = _dates(parser, arguments, settings.today())
    engine = connect(settings.database_url)
    try:
        with client_variables():
            _run(arguments, dates, settings, engine, Console(markup=False, highlight=False))
    except (NothingToAnswerWithError, PairsFileError, FeatureListError, ModelLoadError, NewerDatabaseError) as error:
        return _fail(NOTHING_TO_ANSWER, str(error))
    except PublisherBusyError as error:
        return _fail(SERVER_FAILED, str(error))
    except (SQLAlchemyError, DatabaseReadError, SnapshotChangedError) as error:
        return _fail(SERVER_FAILED, f"database {settings.database_url!r}: {message_of(error)}")
    except (TrackingServerError, MlflowException) as error:
        return _fail(SERVER_FAILED, f"MLflow {without_passwords(settings.tracking_uri)}: {reason_of(error)}")
    except OSError as error:
        return _fail(SERVER_FAILED, str(error))
    finally:
        engine.dispose()
    return DONE


def _run(
    arguments: argparse.Namespace, dates: Sequence[dt.date], settings: Settings, engine: Engine, console: Console
) -> None:
    ensure_answering(settings)
    with Phases(console) as phases:
        phases.start("read the champion and the latest state", 1)
        by = answering(settings, engine)
        phases.advance()
        proposals = _proposals(arguments, by, dates, settings, phases)
        began = time.perf_counter()
        answered = _write(arguments, proposals, engine, phases)
        seconds = time.perf_counter() - began
    snapshot = by.snapshot.info
    days = str(dates[0]) if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    console.print(
        f"version {by.version} answered {answered:,} of {proposals.rows:,} for {days}, from snapshot "
        f"{snapshot.snapshot_id} as of {snapshot.as_of_date}, in {seconds:.1f} s",
        soft_wrap=True,
    )
    if arguments.out:
        console.print(f"written to {arguments.out}", soft_wrap=True)
    if arguments.table:
        console.print("published as proposed_orders")


def _proposals(
    arguments: argparse.Namespace, by: Answering, dates: Sequence[dt.date], settings: Settings, phases: Phases
) -> Proposals:
    if arguments.pairs is None:
        pairs = active_pairs(by.snapshot, arguments.active_days)
        if not len(pairs.store_id):
            raise NothingToAnswerWithError(f"no pair has ordered in the last {arguments.active_days} days")
        return Proposals(by, pairs, dates, {})
    show = file_progress(phases)
    found = read_pairs(
        arguments.pairs, by.snapshot, settings.input_encoding, lambda share: show(arguments.pairs.name, share)
    )
    return Proposals(by, found.pairs, dates, {"store": found.store, "product": found.product})


def _write(arguments: argparse.Namespace, proposals: Proposals, engine: Engine, phases: Phases) -> int:
    """Write the answers where they are wanted; how many there are beside those for unknown stores and products."""
    what, answered = "answer", 0
    phases.start(what, proposals.rows)

    def told() -> Iterator[pa.Table]:
        nonlocal answered
        for piece in proposals.pieces():
            answered += len(piece) - piece["quantity"].null_count
            yield piece
            phases.advance(len(piece), what)

    if not arguments.table:
        with written(arguments.out, proposals.schema) as write:
            for piece in told():
                write(piece)
        return answered
    with publish_lock(engine, arguments.wait) as still_held, ExitStack() as files:
        pieces = told()
        if arguments.out:
            pieces = copied(pieces, files.enter_context(written(arguments.out, proposals.schema)))
        publish_proposals(engine, proposals.rows, rows_of_table(pieces, proposals.pairs), still_held)
    return answered


def _fail(code: int, message: str) -> int:
    sys.stderr.write(f"predict: {message}\n")
    return code


def _dates(parser: argparse.ArgumentParser, arguments: argparse.Namespace, today: dt.date) -> list[dt.date]:
    """The dates that are asked for."""
    if arguments.out is None and not arguments.table:
        parser.error("nothing to write: give --out FILE, --table, or both")
    if arguments.out is not None and arguments.out.suffix.lower() not in WRITERS:
        parser.error(f"--out {arguments.out}: the name must end with {' or '.join(WRITERS)}")
    if (arguments.first is None) != (arguments.last is None):
        parser.error("--from and --to belong together")
    if arguments.first is None:
        return [arguments.date or today]
    if arguments.date is not None:
        parser.error("give --date, or --from and --to")
    dates = dates_between(arguments.first, arguments.last)
    if not 1 <= len(dates) <= MOST_DATES:
        parser.error(f"--from {arguments.first} --to {arguments.last}: expected 1 to {MOST_DATES} days")
    return dates


def _days(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description=(
            "Lets the champion answer every active pair of store and product, or the pairs of a file, from the "
            "published features: the numbers that the service gives."
        ),
        epilog=f"exit codes: {DONE} done, {SERVER_FAILED} database, MLflow or disk failed, or another run publishes: "
        f"what was there stays, {NOTHING_TO_ANSWER} no champion, no features, or a file of pairs that cannot be used",
    )
    when = parser.add_argument_group("when (default: today, in TIME_ZONE)")
    for name, dest, what in (
        ("--date", "date", "one checkout date, YYYY-MM-DD"),
        ("--from", "first", "the first of several dates"),
        ("--to", "last", "the last of them"),
    ):
        when.add_argument(name, dest=dest, type=calendar_date, metavar="DATE", help=what)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--pairs",
        type=Path,
        metavar="FILE",
        help="the pairs: CSV, .csv.gz, .zip, .xlsx or Parquet with the columns STORE_ID and PRODUCT_ID",
    )
    which.add_argument(
        "--active-days",
        type=_days,
        default=ACTIVE_DAYS,
        metavar="N",
        help=f"without --pairs: pairs that ordered in the last N days before the as-of date (default {ACTIVE_DAYS})",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write a file: .csv or .parquet")
    parser.add_argument("--table", action="store_true", help="replace the table proposed_orders, in one step")
    parser.add_argument(
        "--wait", type=float, default=0, metavar="SECONDS", help="with --table: wait so long for a run that publishes"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
