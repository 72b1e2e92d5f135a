"""Scores the logged answers against the orders that came.

Run it as ``python score.py`` in this folder or ``python -m training.score`` anywhere.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.engine import connect
from quantity.db.failures import message_of
from quantity.db.read import DatabaseReadError
from quantity.db.snapshots import FeatureListError, SnapshotChangedError
from quantity.settings import Settings, settings_or_exit
from training.outcomes.lock import ScoringBusyError, scoring_lock
from training.outcomes.pruning import prune
from training.outcomes.report import counted, scored_lines, versions_table
from training.outcomes.scoring import score_log
from training.outcomes.snapshot import NoSnapshotError, snapshot_to_score
from training.phases import Phases
from training.publish.control_tables import NewerDatabaseError
from training.publish.current_tables import ensure_current_tables
from training.publish.lock import PublisherBusyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

DONE, DATABASE_FAILED, NOTHING_TO_SCORE_BY = range(3)
"""Exit codes."""


def main(argv: Sequence[str] | None = None, settings: Settings | None = None, *, prog: str = "score.py") -> int:
    """Run the program; the result is its exit code."""
    _parser(prog).parse_args(argv)
    settings = settings or settings_or_exit()
    engine = connect(settings.database_url)
    try:
        _run(settings, engine, Console(markup=False, highlight=False))
    except (NoSnapshotError, FeatureListError, NewerDatabaseError) as error:
        return _fail(NOTHING_TO_SCORE_BY, str(error))
    except (ScoringBusyError, PublisherBusyError) as error:
        return _fail(DATABASE_FAILED, str(error))
    except (SQLAlchemyError, DatabaseReadError, SnapshotChangedError, OSError) as error:
        return _fail(DATABASE_FAILED, f"database {settings.database_url!r}: {message_of(error)}")
    finally:
        engine.dispose()
    return DONE


def _run(settings: Settings, engine: Engine, console: Console) -> None:
    ensure_current_tables(engine)
    snapshot = snapshot_to_score(engine)
    with scoring_lock(engine):
        with Phases(console) as phases:
            scored = score_log(engine, snapshot, phases)
        # After scoring, so that no answer goes unscored because the program was not run for long.
        pruned = prune(engine, settings.prediction_log_days, dt.datetime.now(dt.UTC))
    for line in scored_lines(scored, snapshot.as_of_date):
        console.print(line, soft_wrap=True)
    if scored.days:
        console.print(versions_table(scored.sums.metrics()))
    if pruned:
        console.print(f"pruned {counted(pruned, 'answer')} of more than {settings.prediction_log_days} days ago")


def _fail(code: int, message: str) -> int:
    sys.stderr.write(f"score: {message}\n")
    return code


def _parser(prog: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=prog,
        description=(
            "Joins the prediction log with the orders that came, and writes the sums of the errors by day and version "
            "(tables prediction_outcomes and store_outcomes), beside those of the baselines on the same orders. Only "
            "days are scored whose answers or orders are new, before the published snapshot's as-of date. Then answers "
            "older than PREDICTION_LOG_DAYS are deleted from the log."
        ),
        epilog=f"exit codes: {DONE} done, or no answers are logged yet, {DATABASE_FAILED} the database failed, or "
        f"another run scores, or publishes: what was scored stays, {NOTHING_TO_SCORE_BY} nothing is published, or not "
        "by this version of the project",
    )


if __name__ == "__main__":
    sys.exit(main())
