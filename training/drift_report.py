"""Compares the features of today with those of the training, and logged answers with those that training gives.

Run it as ``python drift_report.py`` in this folder or ``python -m training.drift_report`` anywhere.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import sys
from typing import TYPE_CHECKING

from mlflow.exceptions import MlflowException
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.engine import connect
from quantity.db.failures import message_of
from quantity.db.raw_tables import NoRawTablesError
from quantity.db.read import DatabaseReadError
from quantity.db.snapshots import FeatureListError, SnapshotChangedError, ensure_features_as_declared, published
from quantity.registry import aliased_version
from quantity.settings import Settings, settings_or_exit
from quantity.tracking_server import (
    TrackingServerError,
    client_variables,
    ensure_answering,
    reason_of,
    without_passwords,
)
from training.drift.findings import STEPS, look
from training.drift.record import record_drift, record_skew
from training.drift.report import drift_lines, skew_lines
from training.phases import Phases
from training.publish.control_tables import NewerDatabaseError
from training.publish.current_tables import ensure_current_tables
from training.publish.lock import PublisherBusyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from quantity.registry import AliasedVersion
    from quantity.versions import Published
    from training.drift.findings import Findings

DONE, SERVER_FAILED, NOTHING_TO_COMPARE = range(3)
"""Exit codes."""


class NothingToCompareError(RuntimeError):
    """There is no snapshot."""


def main(argv: Sequence[str] | None = None, settings: Settings | None = None, *, prog: str = "drift_report.py") -> int:
    """Run the program; the result is its exit code."""
    # MLflow and Alembic narrate every step.
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    _parser(prog).parse_args(argv)
    settings = settings or settings_or_exit(training=True)
    engine = connect(settings.database_url)
    try:
        with client_variables():
            _run(settings, engine, Console(markup=False, highlight=False))
    except (NothingToCompareError, FeatureListError, NoRawTablesError, NewerDatabaseError) as error:
        return _fail(NOTHING_TO_COMPARE, str(error))
    except PublisherBusyError as error:
        return _fail(SERVER_FAILED, str(error))
    except (SQLAlchemyError, DatabaseReadError, SnapshotChangedError) as error:
        return _fail(SERVER_FAILED, f"database {settings.database_url!r}: {message_of(error)}")
    except (TrackingServerError, MlflowException, OSError) as error:
        return _fail(SERVER_FAILED, f"MLflow {without_passwords(settings.tracking_uri)}: {reason_of(error)}")
    finally:
        engine.dispose()
    return DONE


def _run(settings: Settings, engine: Engine, console: Console) -> None:
    ensure_answering(settings)
    ensure_current_tables(engine)
    snapshot, champion = _snapshot(engine), aliased_version(settings)
    if champion is None:
        name, alias = settings.model_name, settings.model_alias
        console.print(f"no version of {name} is {alias}: nothing to compare with yet", soft_wrap=True)
        return
    with Phases(console) as phases:
        phases.start("compare features and answers", STEPS)
        findings = look(settings, engine, snapshot, champion, phases)
    _record(engine, snapshot, champion, findings)
    console.print(f"snapshot {snapshot.snapshot_id}, as of {snapshot.as_of_date}")
    for part in (*drift_lines(findings, champion.number), *skew_lines(findings, settings.skew_share)):
        console.print(part, soft_wrap=True)


def _snapshot(engine: Engine) -> Published:
    snapshot = published(engine)
    if snapshot is None:
        raise NothingToCompareError("no features are published yet: run preprocess.py first")
    ensure_features_as_declared(engine, snapshot)
    return snapshot


def _record(engine: Engine, snapshot: Published, champion: AliasedVersion, findings: Findings) -> None:
    now = dt.datetime.now(dt.UTC)
    record_drift(engine, snapshot.as_of_date, champion.number, findings.populations, now)
    if findings.skew is not None:
        record_skew(engine, findings.skew, now)


def _fail(code: int, message: str) -> int:
    sys.stderr.write(f"drift_report: {message}\n")
    return code


def _parser(prog: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=prog,
        description=(
            "Compares the features of the published snapshot, and of what was asked lately, with those that the "
            "champion was trained on (population stability index of each, table feature_drift), and computes logged "
            "answers again from the features that training has for the same day (table prediction_skew), those of a "
            "share SKEW_SHARE of the logged pairs."
        ),
        epilog=f"exit codes: {DONE} done, or there is no champion yet, {SERVER_FAILED} database or MLflow failed, "
        f"{NOTHING_TO_COMPARE} nothing is published, or not by this version of the project",
    )


if __name__ == "__main__":
    sys.exit(main())
