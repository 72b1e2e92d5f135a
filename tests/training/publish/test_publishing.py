"""A snapshot is published whole, and its record tells what it is."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import Date, DateTime, Double, Integer, String, inspect, select

from quantity.db import monitoring_tables  # noqa: F401 - adds its tables to the control tables
from quantity.db.read import read_table
from quantity.db.snapshots import published
from quantity.db.tables import (
    HISTORY,
    KEYS,
    NEXT,
    PARTS,
    POINTER,
    RAW,
    RETIRED,
    SNAPSHOT,
    WITH_RAW,
    control,
    replaced_tables,
    snapshots,
)
from quantity.features.definitions import SCOPES
from tests.support.publishing.latest_frames import latest_frames
from tests.support.publishing.published import (
    LINES,
    dump,
    feature_set,
    history_part,
    leftovers,
    publish_marked,
    publish_seed,
    raw,
    served_mark,
    without_previous,
)
from training.publish.building import Progress
from training.publish.control_tables import VERSION_TABLE
from training.publish.publishing import publish, roll_back

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from local_servers.mysql_server import MysqlServer


KINDS: tuple[type[Any], ...] = (Integer, Double, Date, DateTime, String)


def test_nothing_is_published_in_an_empty_database(engine: Engine) -> None:
    assert published(engine) is None
    assert latest_frames(engine) is None


def test_the_tables_are_as_declared(engine: Engine) -> None:
    publish_seed(engine)
    inspector = inspect(engine)
    part = history_part(engine)
    live = {*WITH_RAW, *SNAPSHOT} - {HISTORY}
    assert set(inspector.get_table_names()) == {*live, part, *control.tables, VERSION_TABLE}
    assert inspector.get_view_names() == [HISTORY]
    assert [c["name"] for c in inspector.get_columns(HISTORY)] == [c["name"] for c in inspector.get_columns(part)]
    for declared in {*WITH_RAW, *SNAPSHOT}:
        name, table = part if declared == HISTORY else declared, replaced_tables()[declared]
        columns = {column["name"]: column for column in inspector.get_columns(name)}
        assert list(columns) == [column.name for column in table.columns]
        for column in table.columns:
            found = columns[column.name]
            assert found["nullable"] == column.nullable, f"{name}.{column.name}"
            kind = next(kind for kind in KINDS if isinstance(column.type, kind))
            assert isinstance(found["type"], (kind, type(column.type))), f"{name}.{column.name}"
        key = [column.name for column in table.primary_key]
        assert inspector.get_pk_constraint(name)["constrained_columns"] == key
        indexes = sorted(index["column_names"] for index in inspector.get_indexes(name))
        assert indexes == sorted([column.name for column in index.columns] for index in table.indexes)


def test_mysql_tables_are_transactional_and_tell_labels_apart_by_case_and_accent(
    mysql_server: MysqlServer, mysql_engine: Engine
) -> None:
    publish_seed(mysql_engine)
    found = mysql_server.admin(
        "SELECT DISTINCT engine, table_collation FROM information_schema.tables WHERE table_type = 'BASE TABLE' "
        f"AND table_schema = '{mysql_engine.url.database}' AND table_name <> '{VERSION_TABLE}'"
    )
    assert found == [("InnoDB", "utf8mb4_bin")]
    collations = mysql_server.admin(
        "SELECT DISTINCT collation_name FROM information_schema.columns "
        f"WHERE table_schema = '{mysql_engine.url.database}' AND collation_name IS NOT NULL "
        f"AND table_name <> '{VERSION_TABLE}'"
    )
    assert collations == [("utf8mb4_bin",)]


def test_the_tables_hold_what_was_computed(engine: Engine) -> None:
    publish_seed(engine)
    features, tables = feature_set(), replaced_tables()
    keys = ["store_id", "product_id", "checkout_date"]
    read = read_table(engine, tables["features"]).sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(read, features.history, check_dtype=False)
    latest = latest_frames(engine)
    assert latest is not None
    for scope, key in SCOPES.items():
        expected = features.latest[scope].sort_values(list(key), ignore_index=True)
        found = latest[1][scope].sort_values(list(key), ignore_index=True)
        pd.testing.assert_frame_equal(found, expected[list(found)], check_dtype=False)
    items = read_table(engine, tables["fact_order_items"]).sort_values("line", ignore_index=True)
    assert items["line"].tolist() == list(range(1, LINES + 1))
    pd.testing.assert_frame_equal(items.drop(columns="line")[list(raw().order_items)], raw().order_items)


def test_the_record_tells_what_was_published(engine: Engine) -> None:
    before = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
    record = publish(engine, feature_set(), run_id="nightly", order_rows=LINES)
    assert published(engine) == record
    features = feature_set()
    assert (record.snapshot_id, record.run_id, record.order_rows) == (1, "nightly", LINES)
    assert record.as_of_date == features.as_of
    assert before <= record.created_at <= before + dt.timedelta(minutes=5)
    rows = [record.feature_rows, record.store_rows, record.product_rows, record.pair_rows]
    latest = features.latest
    assert rows == [len(features.history), len(latest["store"]), len(latest["product"]), len(latest["store_product"])]


def test_publishing_the_same_again_changes_nothing_but_the_record(engine: Engine) -> None:
    publish_seed(engine)
    first = without_previous(dump(engine))
    publish_seed(engine)
    second = without_previous(dump(engine))
    assert first.keys() == second.keys()
    assert {name for name, rows in first.items() if rows != second[name]} == {POINTER, PARTS, "snapshots"}
    assert leftovers(engine) == []


def test_every_snapshot_ever_published_is_logged_once(engine: Engine) -> None:
    records = [publish_marked(engine, mark) for mark in (10, 20)]
    roll_back(engine)
    records.append(publish_marked(engine, 30))
    with engine.connect() as connection:
        log = connection.execute(select(snapshots).order_by(snapshots.c.snapshot_id)).all()
    assert [row.snapshot_id for row in log] == [1, 2, 3]
    assert [(row.order_rows, row.run_id) for row in log] == [(r.order_rows, r.run_id) for r in records]


def test_raw_tables_are_replaced_only_with_the_features_made_of_them(engine: Engine) -> None:
    publish_seed(engine, 1)
    before = dump(engine)
    publish(engine, feature_set(2), run_id="r", order_rows=LINES)
    assert {name: dump(engine)[name] for name in RAW} == {name: before[name] for name in RAW}
    publish_seed(engine, 2)
    assert dump(engine)["fact_order_items"] != before["fact_order_items"]


def test_progress_tells_every_table_and_all_of_its_rows(engine: Engine) -> None:
    started: dict[str, int] = {}
    written: Counter[str] = Counter()
    publish(
        engine,
        feature_set(),
        run_id="r",
        order_rows=LINES,
        raw=raw(),
        progress=Progress(started.__setitem__, lambda name, rows: written.update({name: rows})),
    )
    indexed = {f"index of {name}" for name in ("fact_order_items", "features", *KEYS.values())}
    assert set(started) == ({*WITH_RAW, *SNAPSHOT} - {POINTER}) | indexed
    assert written == Counter({name: rows for name, rows in started.items() if rows})


def test_what_an_earlier_run_left_is_dropped(engine: Engine) -> None:
    publish_marked(engine, 1)
    for suffix in (NEXT, RETIRED):
        for table in replaced_tables(suffix).values():
            table.create(engine)
    assert publish_marked(engine, 2).snapshot_id == 2
    assert leftovers(engine) == []
    assert served_mark(engine) == 2
