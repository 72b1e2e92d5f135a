"""Snapshots to publish, and what a database holds."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import inspect

from quantity.db.history import parts_of
from quantity.db.tables import HISTORY, NEXT, ORDER_DAYS, PARTS, PREVIOUS, RETIRED, part_number, part_tables
from quantity.features.compute import FeatureSet, compute_features
from quantity.features.definitions import SCOPES
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from tests.support.orders.random_orders import random_lines, raw_tables
from tests.support.publishing.latest_frames import latest_frames
from training.history.parts import unused_parts
from training.publish.publishing import publish

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    import pandas as pd
    from sqlalchemy import Engine

    from quantity.raw import RawTables
    from quantity.versions import Published
    from training.publish.building import Progress

LINES = 120


@cache
def raw(seed: int = 0) -> RawTables:
    """Raw tables with random orders and missing metadata."""
    return raw_tables(random_lines(seed, count=LINES))


@cache
def feature_set(seed: int = 0) -> FeatureSet:
    """The features of `raw`."""
    tables = raw(seed)
    return compute_features(sum_order_lines(tables.order_items), derive_entities(tables))


def marked(mark: int) -> FeatureSet:
    """Features of which every table says to which snapshot it belongs."""
    features = feature_set()
    latest = {scope: frame.assign(**{_mark(scope): float(mark)}) for scope, frame in features.latest.items()}
    return replace(features, history=features.history.assign(quantity=mark), latest=latest)


def _mark(scope: str) -> str:
    return f"avg_qty_{scope}_l30d"


def marks(latest: Mapping[str, pd.DataFrame]) -> set[int]:
    """The snapshots that these tables belong to."""
    return {int(mark) for scope, frame in latest.items() for mark in frame[_mark(scope)]}


def publish_marked(engine: Engine, mark: int, progress: Progress | None = None) -> Published:
    """Publish features marked with ``mark``; its record says so too."""
    return publish(engine, marked(mark), run_id=f"run {mark}", order_rows=mark, raw=raw(), progress=progress)


def served_mark(engine: Engine) -> int:
    """The mark of the snapshot that a reader gets, proved to be whole."""
    latest = latest_frames(engine)
    assert latest is not None
    record, tables = latest
    assert set(tables) == set(SCOPES)
    assert marks(tables) == {record.order_rows}, "a mix of snapshots"
    return record.order_rows


def leftovers(engine: Engine) -> list[str]:
    """The tables and views that are neither live nor the previous snapshot's."""
    left = [name for name in _names(engine) if name.endswith((NEXT, RETIRED))]
    return left + unused_parts(engine)


def dump(engine: Engine, names: Iterable[str] | None = None) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of these tables and views, by default of all but parts, as the driver gives it, sorted."""
    quoted = engine.dialect.identifier_preparer.quote
    whole = [name for name in _names(engine) if part_number(name) is None] if names is None else names
    with engine.connect() as connection:
        return {
            name: sorted((tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {quoted(name)}")), key=repr)
            for name in whole
        }


def history_part(engine: Engine) -> str:
    """The table of the only part of the published history."""
    with engine.connect() as connection:
        (part,) = parts_of(connection)
    return part_tables(part.part).history.name


def as_before_parts(engine: Engine, suffix: str = "") -> None:
    """Make a snapshot look as one of a version of the project whose history was a table, not a view of parts."""
    with engine.begin() as connection:
        for statement in (
            f"CREATE TABLE whole AS SELECT * FROM {HISTORY}{suffix}",
            f"DROP VIEW {HISTORY}{suffix}",
            f"ALTER TABLE whole RENAME TO {HISTORY}{suffix}",
            f"DROP TABLE {PARTS}{suffix}",
            f"DROP TABLE {ORDER_DAYS}{suffix}",
        ):
            connection.exec_driver_sql(statement)


def _names(engine: Engine) -> list[str]:
    inspector = inspect(engine)
    return inspector.get_table_names() + inspector.get_view_names()


def without_previous(tables: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """The live tables of a dump."""
    return {name: rows for name, rows in tables.items() if not name.endswith(PREVIOUS)}


def publish_seed(engine: Engine, seed: int = 0) -> Published:
    """Publish the features and the raw tables of a seed."""
    return publish(engine, feature_set(seed), run_id="r", order_rows=LINES, raw=raw(seed))
