"""Verifies the published snapshot, and puts the previous one back if it is faulty.

``python -m training.snapshot_checks --help`` tells more.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from quantity.db.engine import connect
from quantity.db.failures import message_of
from quantity.db.snapshots import FeatureListError, SnapshotChangedError
from quantity.settings import Settings, settings_or_exit
from training.publish.control_tables import NewerDatabaseError
from training.publish.lock import PublisherBusyError
from training.publish.publishing import NoPreviousSnapshotError, put_back_previous
from training.quality.checks import faults, report, verdict
from training.quality.snapshot_change import ChangeLimits
from training.quality.verification import NoSnapshotError, verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from quantity.versions import Published

SOUND, DATABASE_FAILED, FAULTY, BUSY = range(4)
"""Exit codes."""

EXIT_CODES = f"""\
exit codes:
  {SOUND}  the snapshot is sound
  {DATABASE_FAILED}  the database failed, or another run published meanwhile; nothing was changed
  {FAULTY}  the snapshot is faulty, or not the one asked for; rolled back if so told
  {BUSY}  the snapshot is faulty, and another run is publishing: not rolled back
"""


def main(
    argv: Sequence[str] | None = None,
    settings: Settings | None = None,
    *,
    prog: str = "python -m training.snapshot_checks",
) -> int:
    """Run the program; the result is its exit code."""
    arguments = _parser(prog).parse_args(argv)
    settings = settings or settings_or_exit()
    engine = connect(settings.database_url)
    try:
        return _run(arguments, engine)
    except (NoSnapshotError, FeatureListError, NewerDatabaseError) as error:
        return _say(FAULTY, str(error))
    except PublisherBusyError as error:
        return _say(BUSY, f"not rolled back: {error}")
    except (SQLAlchemyError, SnapshotChangedError) as error:
        return _say(DATABASE_FAILED, f"database {engine.url!r}: {message_of(error)}")
    finally:
        engine.dispose()


def _run(arguments: argparse.Namespace, engine: Engine) -> int:
    limits = ChangeLimits(arguments.max_drop, arguments.max_shift, arguments.max_missing_rise)
    snapshot, checks = verify(engine, limits, arguments.run_id)
    title = f"snapshot {snapshot.snapshot_id} of run {snapshot.run_id}, as of {snapshot.as_of_date}, in {engine.url!r}"
    sys.stdout.write(report(title, checks))
    sys.stdout.flush()
    if not faults(checks):
        return SOUND
    sys.stderr.write(verdict("snapshot_checks", checks))
    if arguments.rollback_on_failure:
        _roll_back(engine, snapshot, arguments.wait)
    return FAULTY


def _roll_back(engine: Engine, faulty: Published, wait_seconds: float) -> None:
    try:
        back = put_back_previous(engine, faulty, wait_seconds)
    except NoPreviousSnapshotError as error:
        _say(
            FAULTY,
            f"not rolled back: {error}. The faulty snapshot {faulty.snapshot_id} stays published; "
            "correct the raw tables and run the preprocessing again",
        )
    else:
        _say(FAULTY, f"rolled back to snapshot {back.snapshot_id} of run {back.run_id}, as of {back.as_of_date}")


def _say(code: int, message: str) -> int:
    sys.stderr.write(f"snapshot_checks: {message}\n")
    return code


def _parser(prog: str) -> argparse.ArgumentParser:
    defaults = ChangeLimits()
    parser = argparse.ArgumentParser(
        prog=prog,
        description=(
            "Verifies the published snapshot and prints one report: its record and its tables agree, no key is "
            "missing, and it has not changed too much since the previous snapshot."
        ),
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--run-id", metavar="ID", help="fail if the published snapshot is not of this run")
    add("--rollback-on-failure", action="store_true", help="put the previous snapshot back if this one is faulty")
    add(
        "--wait",
        type=float,
        default=60,
        metavar="SECONDS",
        help="to roll back, wait so long for another publisher (default 60)",
    )
    for name, value, what in (
        ("--max-drop", defaults.max_drop, "largest share of rows, stores, products or pairs that may be gone"),
        ("--max-shift", defaults.max_shift, "largest population stability index of the recent quantities"),
        ("--max-missing-rise", defaults.max_missing_rise, "largest rise of a feature's share of missing values"),
    ):
        add(name, type=float, default=value, metavar="NUMBER", help=f"{what} (default {value})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
