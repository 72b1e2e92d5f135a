"""Bulk reads disturb nobody, and say what went wrong."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, select

from local_servers.mysql_server import PASSWORD
from quantity.db.engine import connect
from quantity.db.read import DatabaseReadError, read_table

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import URL, Engine

TABLE = Table("numbers", MetaData(), Column("a", Integer))
INSERT = (
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('INSERT INTO numbers VALUES (2)'); c.commit()"
)


def test_a_read_loses_nothing_that_other_processes_commit(sqlite_url: URL) -> None:
    """A second SQLite library in the process would drop the first one's locks, and the log with them."""
    engine = connect(sqlite_url)
    with engine.connect() as kept_open:
        TABLE.create(kept_open)
        kept_open.execute(TABLE.insert().values(a=1))
        kept_open.commit()
        assert read_table(engine, TABLE)["a"].tolist() == [1]
        subprocess.run([sys.executable, "-c", INSERT, str(sqlite_url.database)], check=True)
        assert sorted(kept_open.scalars(select(TABLE.c.a))) == [1, 2]
    engine.dispose()
    assert sorted(read_table(engine, TABLE)["a"]) == [1, 2]
    engine.dispose()


def test_names_that_sql_reserves_are_read(engine: Engine) -> None:
    table = Table("order", MetaData(), Column("select", Integer, primary_key=True), Column("group by", String(9)))
    table.create(engine)
    assert list(read_table(engine, table)) == ["select", "group by"]


def test_a_table_that_is_not_there_is_told_without_the_password(engine: Engine) -> None:
    with pytest.raises(DatabaseReadError, match="numbers") as caught:
        read_table(engine, TABLE)
    assert PASSWORD not in str(caught.value)


def test_a_folder_with_odd_letters_does_not_matter(tmp_path: Path, sqlite_url: URL) -> None:
    engine = connect(sqlite_url.set(database=str(tmp_path / "a b#c?d%20é" / "mlops.db")))
    TABLE.create(engine)
    assert read_table(engine, TABLE).empty
    engine.dispose()
