"""Verifies the published snapshot, and puts the previous one back if it is faulty.

``python -m training.snapshot_checks --help`` tells more.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from quantity.db.engine import connect
from quantity.db.snapshots import SnapshotChangedError, published
from quantity.db.tables import PREVIOUS
from quantity.settings import Settings
from training.publish.lock import PublisherBusyError
from training.publish.publishing import NoPreviousSnapshotError, roll_back
from training.quality.checks import Check, faults, report, verdict
from training.quality.snapshot_change import ChangeLimits, check_change
from training.quality.snapshot_content import check_content

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


class NoSnapshotError(RuntimeError):
    """There is no snapshot to verify, or another one than asked for."""


def verify(engine: Engine, limits: ChangeLimits, run_id: str | None = None) -> tuple[Published, list[Check]]:
    """Look at the published snapshot, by itself and against the previous one.

    Args:
        engine: the database.
        limits: how much may have changed.
        run_id: the run whose snapshot it must be; None: any.

    Raises:
        NoSnapshotError: nothing is published, or it is of another run.
        SnapshotChangedError: another run published meanwhile.
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    snapshot = _published(engine, run_id)
    previous = published(engine, PREVIOUS)
    try:
        with engine.connect() as connection:
            checks = list(check_content(connection, snapshot))
            if previous is not None and _is_earlier(previous, snapshot):
                checks += check_change(connection, snapshot, previous, limits)
            else:
                checks.append(Check("change", "not judged: there is no earlier snapshot"))
    finally:
        # What was read of two snapshots proves nothing, whether it failed or not.
        _see_that_it_is_still(engine, snapshot)
    return snapshot, checks


def _published(engine: Engine, run_id: str | None) -> Published:
    snapshot = published(engine)
    if snapshot is None:
        raise NoSnapshotError("no snapshot is published: run the preprocessing")
    if run_id is not None and snapshot.run_id != run_id:
        raise NoSnapshotError(
            f"the published snapshot {snapshot.snapshot_id} is of run {snapshot.run_id}, not of {run_id}: that one "
            "was rolled back, or another run has published since; run the preprocessing again"
        )
    return snapshot


def _is_earlier(previous: Published, snapshot: Published) -> bool:
    # After a rollback, the previous one is the one that was given up.
    return previous.snapshot_id < snapshot.snapshot_id


def _see_that_it_is_still(engine: Engine, snapshot: Published) -> None:
    now = published(engine)
    if now is None or now.publication != snapshot.publication:
        raise SnapshotChangedError("another snapshot was published meanwhile: verify that one")


def put_back_previous(engine: Engine, faulty: Published, wait_seconds: float) -> Published:
    """Roll back from a faulty snapshot.

    Raises:
        NoPreviousSnapshotError: there is none, or one that is no better: of the same run, or given up earlier.
        SnapshotChangedError: another run published meanwhile.
        PublisherBusyError: another run is publishing.
    """
    _see_that_it_is_still(engine, faulty)
    previous = published(engine, PREVIOUS)
    if previous is None:
        raise NoPreviousSnapshotError("there is no previous snapshot")
    if not _is_earlier(previous, faulty):
        raise NoPreviousSnapshotError(f"the previous snapshot {previous.snapshot_id} was itself rolled back")
    if previous.run_id == faulty.run_id:
        raise NoPreviousSnapshotError(f"the previous snapshot {previous.snapshot_id} is of the same run")
    return roll_back(engine, wait_seconds)


def main(argv: Sequence[str] | None = None, settings: Settings | None = None) -> int:
    """Run the program; the result is its exit code."""
    arguments = _parser().parse_args(argv)
    settings = settings or Settings()
    engine = connect(settings.database_url)
    try:
        return _run(arguments, engine)
    except NoSnapshotError as error:
        return _say(FAULTY, str(error))
    except PublisherBusyError as error:
        return _say(BUSY, f"not rolled back: {error}")
    except (SQLAlchemyError, SnapshotChangedError) as error:
        message = str(error).split("\n[SQL", maxsplit=1)[0]
        return _say(DATABASE_FAILED, f"database {engine.url!r}: {message}")
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


def _parser() -> argparse.ArgumentParser:
    defaults = ChangeLimits()
    parser = argparse.ArgumentParser(
        prog="python -m training.snapshot_checks",
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
