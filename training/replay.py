"""Lets the champion and its challengers answer the orders of the new days, and scores them.

Run it as ``python replay.py`` in this folder or ``python -m training.replay`` anywhere.
"""

from __future__ import annotations

import argparse
import logging
import sys
from typing import TYPE_CHECKING

from mlflow.exceptions import MlflowException
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.engine import connect
from quantity.db.failures import message_of
from quantity.db.read import DatabaseReadError
from quantity.db.snapshots import FeatureListError, SnapshotChangedError
from quantity.settings import Settings, settings_or_exit
from quantity.tracking_server import (
    TrackingServerError,
    client_variables,
    ensure_answering,
    reason_of,
    without_passwords,
)
from training.outcomes.lock import ScoringBusyError, scoring_lock
from training.outcomes.replaying import replay
from training.outcomes.report import replayed_lines, versions_table
from training.outcomes.snapshot import NoSnapshotError, snapshot_to_score
from training.phases import Phases
from training.publish.control_tables import NewerDatabaseError
from training.publish.current_tables import ensure_current_tables
from training.publish.lock import PublisherBusyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

DONE, SERVER_FAILED, NOTHING_TO_REPLAY = range(3)
"""Exit codes."""

DAYS = 35


def main(argv: Sequence[str] | None = None, settings: Settings | None = None, *, prog: str = "replay.py") -> int:
    """Run the program; the result is its exit code."""
    # MLflow and Alembic narrate every step.
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    arguments = _parser(prog).parse_args(argv)
    settings = settings or settings_or_exit(training=True)
    engine = connect(settings.database_url)
    try:
        with client_variables():
            return _run(settings, engine, arguments.days, Console(markup=False, highlight=False))
    except (NoSnapshotError, FeatureListError, NewerDatabaseError) as error:
        return _fail(NOTHING_TO_REPLAY, str(error))
    except (ScoringBusyError, PublisherBusyError) as error:
        return _fail(SERVER_FAILED, str(error))
    except (SQLAlchemyError, DatabaseReadError, SnapshotChangedError) as error:
        return _fail(SERVER_FAILED, f"database {settings.database_url!r}: {message_of(error)}")
    except (TrackingServerError, MlflowException, OSError) as error:
        return _fail(SERVER_FAILED, f"MLflow {without_passwords(settings.tracking_uri)}: {reason_of(error)}")
    finally:
        engine.dispose()


def _run(settings: Settings, engine: Engine, days: int, console: Console) -> int:
    ensure_answering(settings)
    ensure_current_tables(engine)
    snapshot = snapshot_to_score(engine)
    with scoring_lock(engine), Phases(console) as phases:
        run = replay(settings, engine, snapshot, days, phases)
    if not run.versions:
        name, alias = settings.model_name, settings.model_alias
        console.print(f"no version of {name} is {alias} or challenger: nothing to replay yet", soft_wrap=True)
        return DONE
    for number, trouble in run.troubles.items():
        sys.stderr.write(f"replay: version {number} of {settings.model_name} is not replayed: {trouble}\n")
    if len(run.troubles) == len(run.versions):
        return NOTHING_TO_REPLAY
    for line in replayed_lines(run, snapshot.as_of_date, days):
        console.print(line, soft_wrap=True)
    if run.days:
        console.print(versions_table(run.sums.metrics()))
    return DONE


def _fail(code: int, message: str) -> int:
    sys.stderr.write(f"replay: {message}\n")
    return code


def _positive(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {MOST_DAYS}")
    return int(text)


MOST_DAYS = 36_500


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description=(
            "Lets the champion and every version tagged `challenger` answer all orders of the new days, from the "
            "features as they were on the evening before, and writes the sums of the errors (tables "
            "prediction_outcomes and store_outcomes, source 'replayed'). A version answers only days that it was not "
            "fitted to."
        ),
        epilog=f"exit codes: {DONE} done, or there is no champion and no challenger yet, {SERVER_FAILED} database or "
        f"MLflow failed, or another run scores, or publishes: what was scored stays, {NOTHING_TO_REPLAY} nothing is "
        "published, or not by this version of the project, or none of the versions can be replayed",
    )
    parser.add_argument(
        "--days",
        type=_positive,
        default=DAYS,
        metavar="N",
        help=f"at most the last N days before the published as-of date (default {DAYS})",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
