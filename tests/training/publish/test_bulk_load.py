"""Frames go into both kinds of database and come out as they were."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.read import read_table
from tests.support.publishing.loaded_frames import LABELS, TABLE, assert_same, frame_of, load, read_back
from training.publish import bulk_load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine, Table

    from local_servers.mysql_server import MysqlServer


@pytest.fixture
def table(engine: Engine) -> Iterator[Table]:
    TABLE.create(engine)
    yield TABLE
    TABLE.drop(engine)


def test_frames_come_back_as_they_were_written(engine: Engine, table: Table) -> None:
    frame = frame_of([*LABELS, None, *LABELS])
    assert load(engine, frame) == [len(frame)]
    assert_same(read_back(engine), frame)


def test_columns_without_any_value_come_back(engine: Engine, table: Table) -> None:
    frame = frame_of(["a", "b"])
    for name in ("number", "cases", "region", "day", "label"):
        frame[name] = frame[name].where(frame["id"] < 0)
    load(engine, frame)
    assert read_back(engine).drop(columns="id").isna().all(axis=None)


def test_a_table_without_rows_is_read_with_its_columns(engine: Engine, table: Table) -> None:
    assert load(engine, frame_of([])) == []
    read = read_table(engine, table)
    assert list(read) == [column.name for column in table.columns]
    assert read.empty


def test_large_frames_are_written_in_chunks_that_add_up(
    engine: Engine, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_load, "CHUNK_ROWS", 10)
    frame = frame_of(["x"] * 35)
    assert load(engine, frame) == [10, 10, 10, 5]
    assert_same(read_back(engine), frame)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    labels=st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20).map(str.strip),
        min_size=1,
        max_size=30,
    )
)
def test_any_text_comes_back(engine: Engine, table: Table, labels: list[str]) -> None:
    """Property; empty text does not occur in checked input, it is a missing value there."""
    with engine.begin() as connection:
        connection.execute(TABLE.delete())
    frame = frame_of([label or None for label in labels])
    load(engine, frame)
    assert_same(read_back(engine), frame)


@pytest.fixture
def table_of_many(engine: Engine, table: Table, monkeypatch: pytest.MonkeyPatch) -> Table:
    """A table of which few rows are loaded as many are: into SQLite by a process."""
    monkeypatch.setattr(bulk_load, "ROWS_WORTH_A_PROCESS", 0)
    return table


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_many_rows_are_stored_as_few_are(engine: Engine, table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values and their types in the file."""
    frame = frame_of([*LABELS, None] * 5)
    stored = []
    for worth_a_process in (0, 10**9):
        monkeypatch.setattr(bulk_load, "ROWS_WORTH_A_PROCESS", worth_a_process)
        monkeypatch.setattr(bulk_load, "CHUNK_ROWS", 10)
        load(engine, frame)
        types = ", ".join(f"typeof({column.name})" for column in table.columns)
        with engine.begin() as connection:
            stored.append(connection.exec_driver_sql(f"SELECT *, {types} FROM loaded ORDER BY id").all())
            connection.execute(table.delete())
    assert len(stored[0]) == len(frame)
    assert stored[0] == stored[1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("table_of_many")
def test_a_row_that_does_not_fit_fails_the_load_of_many(engine: Engine) -> None:
    frame = frame_of(["a", "b"])
    with pytest.raises(SQLAlchemyError, match=r"UNIQUE constraint failed: loaded\.id"):
        load(engine, pd.concat([frame] * 2))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("table_of_many")
def test_a_load_that_is_given_up_leaves_whole_chunks_alone(engine: Engine) -> None:
    frame = frame_of(["x"] * 10)

    def give_up() -> None:
        with bulk_load.bulk_load(engine, len(frame)) as loading:
            loading.insert(TABLE, frame)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        give_up()
    assert len(read_back(engine)) in {0, len(frame)}


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [("id", 0, "Duplicate entry"), ("cases", 2.0**31, "Out of range"), ("label", "a" * 256, "too long|truncated")],
    ids=["twice", "too large", "too long"],
)
def test_the_server_alters_no_value_and_drops_no_row(
    mysql_engine: Engine, column: str, value: object, told: str
) -> None:
    """LOAD DATA LOCAL, left alone, cuts what does not fit and skips keys that are there."""
    TABLE.create(mysql_engine)
    frame = frame_of(["a", "b"])
    frame[column] = frame[column].where(frame["id"] != 1, value)
    with pytest.raises(SQLAlchemyError, match=told):
        load(mysql_engine, frame)


def test_a_server_that_refuses_files_gets_inserts(
    mysql_server: MysqlServer, mysql_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    TABLE.create(mysql_engine)
    frame = frame_of([*LABELS, None])
    mysql_server.admin("SET GLOBAL local_infile = 0")
    try:
        with caplog.at_level(logging.WARNING):
            load(mysql_engine, frame)
    finally:
        mysql_server.admin("SET GLOBAL local_infile = 1")
    assert "local_infile=1" in caplog.text
    assert_same(read_back(mysql_engine), frame)
