"""A server may read SQL in another mode: publishing and reading do not depend on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.engine import connect
from quantity.db.raw_tables import read_raw_tables
from quantity.db.read import read_table
from tests.support.publishing.loaded_frames import LABELS, TABLE, assert_same, frame_of, load, read_back
from tests.support.publishing.published import leftovers, publish_marked, raw, served_mark
from training.publish.lock import PublisherBusyError, publish_lock
from training.publish.publishing import roll_back

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from local_servers.mysql_server import MysqlServer

MODES = [
    "",
    "NO_BACKSLASH_ESCAPES",
    "ANSI",
    "NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT,HIGH_NOT_PRECEDENCE",
    "TRADITIONAL,ONLY_FULL_GROUP_BY,PAD_CHAR_TO_FULL_LENGTH,NO_AUTO_VALUE_ON_ZERO",
]
SHORT = Table("short", MetaData(), Column("a", Integer, primary_key=True), Column("b", String(2)))


@pytest.fixture(params=MODES, ids=lambda mode: mode or "none")
def any_mode_engine(request: pytest.FixtureRequest, mysql_server: MysqlServer) -> Iterator[Engine]:
    """Connections to a new database of a server in this mode."""
    ((before,),) = mysql_server.admin("SELECT @@GLOBAL.sql_mode")
    mysql_server.admin(f"SET GLOBAL sql_mode = '{request.param}'")
    try:
        with mysql_server.database() as url:
            engine = connect(url)
            yield engine
            engine.dispose()
    finally:
        mysql_server.admin(f"SET GLOBAL sql_mode = '{before}'")


def test_snapshots_are_published_read_and_put_back(any_mode_engine: Engine) -> None:
    publish_marked(any_mode_engine, 1)
    publish_marked(any_mode_engine, 2)
    assert served_mark(any_mode_engine) == 2
    roll_back(any_mode_engine, 0)
    assert served_mark(any_mode_engine) == 1
    assert len(read_raw_tables(any_mode_engine).order_items) == len(raw().order_items)
    assert leftovers(any_mode_engine) == []


def test_only_one_publishes(any_mode_engine: Engine) -> None:
    with publish_lock(any_mode_engine, 0), pytest.raises(PublisherBusyError):  # noqa: SIM117
        with publish_lock(any_mode_engine, 0):
            pass


def test_any_text_comes_back(any_mode_engine: Engine, mysql_server: MysqlServer) -> None:
    """By `LOAD DATA`, and where the server refuses that by `INSERT`."""
    TABLE.create(any_mode_engine)
    frame = frame_of([*LABELS, None])
    load(any_mode_engine, frame)
    assert_same(read_back(any_mode_engine), frame)
    mysql_server.admin("SET GLOBAL local_infile = 0")
    try:
        with any_mode_engine.begin() as connection:
            connection.execute(TABLE.delete())
        load(any_mode_engine, frame)
    finally:
        mysql_server.admin("SET GLOBAL local_infile = 1")
    assert_same(read_back(any_mode_engine), frame)


def test_a_text_that_is_too_long_is_no_shorter_text(any_mode_engine: Engine) -> None:
    SHORT.create(any_mode_engine)
    with any_mode_engine.connect() as connection, pytest.raises(SQLAlchemyError, match="too long"):
        connection.execute(SHORT.insert().values(a=1, b="abc"))
    assert read_table(any_mode_engine, SHORT).empty
