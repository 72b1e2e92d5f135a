"""Exports the published snapshot: for each scope a file for each day of the history, and one of the latest state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from quantity.db.latest import read_latest
from quantity.db.read import read_table
from quantity.db.snapshots import ensure_features_as_declared, ensure_published
from quantity.db.tables import HISTORY, replaced_tables
from quantity.feature_files import MANIFEST, read_manifest
from quantity.features.definitions import SCOPES
from training.feature_files.frames import DATE, history, latest_state, schema_of, stored_columns_of
from training.feature_files.manifest import kept_days, manifest_of
from training.feature_files.versions import current, next_version, share

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pandas as pd
    from sqlalchemy import Engine

    from quantity.db.latest import Pieces
    from quantity.feature_files import Manifest
    from quantity.versions import Published
    from training.phases import Phases

LATEST_FILE = "latest.parquet"
BATCH_ROWS = 200_000
"""So many orders, about, are in memory at a time."""


class NoFeaturesError(RuntimeError):
    """Nothing has been published."""


@dataclass(frozen=True)
class Exported:
    """What an export has done.

    Attributes:
        manifest: what is there now.
        written: how many days of the history were written; the others are shared with the export before.
    """

    manifest: Manifest
    written: int


def export(engine: Engine, folder: Path, time_zone: str, phases: Phases) -> Exported:
    """Make the published snapshot the folder's current export.

    Args:
        engine: of the database.
        folder: of the exports; ``current`` in it leads to the current one, a folder a scope.
        time_zone: in which a day begins.
        phases: to report to.

    Raises:
        NoFeaturesError: nothing has been published.
        ExportBusyError: another run is exporting.
        FeatureListError: what is published has other features than this version declares.
        SnapshotChangedError: another snapshot was published meanwhile.
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError, OSError: database or disk failed.

    Whatever is raised, the current export is as it was.
    """

    def made(snapshot: Published, latest: Pieces) -> Exported:
        ensure_features_as_declared(engine, snapshot)
        with next_version(folder) as target:
            before = current(folder)
            with engine.connect() as connection:
                manifest = manifest_of(connection, snapshot, time_zone)
                kept = kept_days(manifest, read_manifest(before) if before else None, connection)
            for scope in SCOPES:
                (target / scope).mkdir()
            if before is not None:
                _share(before, target, kept)
            changed = {day: found.rows for day, found in manifest.days.items() if day not in kept}
            _write_history(engine, target, changed, time_zone, phases)
            _write_latest(target, latest, manifest, snapshot, phases)
            (target / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
            ensure_published(engine, snapshot, "export that one")
        return Exported(manifest, len(changed))

    exported = read_latest(engine, made, {scope: stored_columns_of(scope) for scope in SCOPES})
    if exported is None:
        raise NoFeaturesError("there are no features to export: run `python -m training.preprocess` first")
    return exported


def _share(before: Path, target: Path, days: set[dt.date]) -> None:
    for scope in SCOPES:
        for day in days:
            # A scope need not have a group on each day.
            if (file := before / scope / _file_of(day)).exists():
                share(file, target / scope / file.name)


def _write_history(engine: Engine, target: Path, rows: Mapping[dt.date, int], time_zone: str, phases: Phases) -> None:
    """Write the files of these days, each with so many orders."""
    name = "write the history"
    phases.start(name, sum(rows.values()))
    for orders in _days_together(engine, rows):
        for scope in SCOPES:
            for day, table in history(scope, orders, time_zone):
                pq.write_table(table, target / scope / _file_of(day))
        phases.advance(len(orders), name)


def _days_together(engine: Engine, rows: Mapping[dt.date, int]) -> Iterator[pd.DataFrame]:
    """The orders of these days: all of a day's at a time, and of several days where they are few."""
    table = replaced_tables()[HISTORY]
    names = dict.fromkeys([DATE, *(name for scope in SCOPES for name in stored_columns_of(scope))])
    batch: list[dt.date] = []
    for day in sorted(rows):
        if batch and sum(rows[one] for one in batch) + rows[day] > BATCH_ROWS:
            yield read_table(engine, table, list(names), table.c.checkout_date.in_(batch))
            batch = []
        batch.append(day)
    if batch:
        yield read_table(engine, table, list(names), table.c.checkout_date.in_(batch))


def _write_latest(target: Path, latest: Pieces, manifest: Manifest, snapshot: Published, phases: Phases) -> None:
    name = "write the latest state"
    phases.start(name, snapshot.pair_rows)
    for scope, pieces in latest.items():
        with pq.ParquetWriter(target / scope / LATEST_FILE, schema_of(scope)) as writer:
            for piece in pieces:
                writer.write_table(latest_state(scope, piece, manifest.as_of_date, manifest.time_zone))
                if scope == "store_product":
                    phases.advance(len(piece), name)


def _file_of(day: dt.date) -> str:
    return f"{day}.parquet"
