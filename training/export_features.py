"""Writes the published features as Parquet files for a feature store: history and latest state, with event timestamps.

Run it as ``python export_features.py`` in this folder or ``python -m training.export_features`` anywhere.
"""

from __future__ import annotations

import argparse
import logging
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.engine import connect
from quantity.db.failures import message_of
from quantity.db.read import DatabaseReadError
from quantity.db.snapshots import FeatureListError, SnapshotChangedError
from quantity.feature_files import CURRENT
from quantity.settings import Settings, settings_or_exit
from training.feature_files.export import NoFeaturesError, export
from training.feature_files.versions import ExportBusyError
from training.phases import Phases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from training.feature_files.export import Exported

DONE, SERVER_FAILED, NOTHING_TO_EXPORT = range(3)
"""Exit codes."""


def main(
    argv: Sequence[str] | None = None, settings: Settings | None = None, *, prog: str = "export_features.py"
) -> int:
    """Run the program; the result is its exit code."""
    # Alembic narrates every step.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    _parser(prog).parse_args(argv)
    settings = settings or settings_or_exit()
    engine = connect(settings.database_url)
    try:
        _run(settings, engine, Console(markup=False, highlight=False))
    except (NoFeaturesError, FeatureListError) as error:
        return _fail(NOTHING_TO_EXPORT, str(error))
    except (ExportBusyError, SnapshotChangedError) as error:
        return _fail(SERVER_FAILED, str(error))
    except (SQLAlchemyError, DatabaseReadError) as error:
        return _fail(SERVER_FAILED, f"database {settings.database_url!r}: {message_of(error)}")
    except OSError as error:
        return _fail(SERVER_FAILED, str(error))
    finally:
        engine.dispose()
    return DONE


def _run(settings: Settings, engine: Engine, console: Console) -> None:
    with Phases(console) as phases:
        exported = export(engine, settings.feature_files_dir, settings.time_zone, phases)
    console.print(_told(exported), soft_wrap=True)
    console.print(f"written to {settings.feature_files_dir / CURRENT}", soft_wrap=True)


def _told(exported: Exported) -> str:
    manifest = exported.manifest
    shared = len(manifest.days) - exported.written
    return (
        f"snapshot {manifest.snapshot_id} as of {manifest.as_of_date}: {exported.written:,} days of the history "
        f"written, {shared:,} as they were, and the latest state"
    )


def _fail(code: int, message: str) -> int:
    sys.stderr.write(f"export_features: {message}\n")
    return code


def _parser(prog: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=prog,
        description=(
            "Writes the published features as Parquet files to LOCAL_DIR/feature_store/current, a folder for each "
            "group that features are of: a file a day of the history, and latest.parquet. Days that cannot have "
            "changed since the last export are not written again."
        ),
        epilog=f"exit codes: {DONE} done, {SERVER_FAILED} database or disk failed, or another run exports or "
        f"publishes: what was there stays, {NOTHING_TO_EXPORT} no features, or those of another version of the project",
    )


if __name__ == "__main__":
    sys.exit(main())
