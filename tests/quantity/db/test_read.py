"""Bulk reads disturb nobody, and say what went wrong."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, MetaData, String, Table, and_, or_, select

from local_servers.mysql_server import PASSWORD
from quantity.db import read
from quantity.db.engine import connect
from quantity.db.read import DatabaseReadError, read_chunks, read_table

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import URL, Engine

TABLE = Table("numbers", MetaData(), Column("a", Integer))
LOG = Table(
    "log%",
    MetaData(),
    Column("day", Date, primary_key=True),
    Column("text", String(20), primary_key=True),
    Column("at", DateTime, nullable=False),
    Column("shown", Boolean, nullable=False),
)
ODD_TEXTS = ("plain", "it's", '"100 %"', "back\\slash", "end\\", "\\' OR 1=1 -- ", "%(x)s :x", "é")
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


def logged(engine: Engine) -> list[dict[str, object]]:
    """Rows of three days, with every text."""
    days, at = (dt.date(2026, 1, day) for day in (1, 2, 3)), dt.datetime(2026, 1, 4, 5, 6, 7)  # noqa: DTZ001
    rows = [{"day": day, "text": text, "at": at, "shown": day.day == 2} for day in days for text in ODD_TEXTS]
    LOG.create(engine)
    with engine.begin() as connection:
        connection.execute(LOG.insert(), rows)
    return rows


def test_times_and_truth_are_read_as_such(engine: Engine) -> None:
    rows = logged(engine)
    frame = read_table(engine, LOG).sort_values(["day", "text"], ignore_index=True)
    assert [str(kind) for kind in frame.dtypes] == ["datetime64[s]", "str", "datetime64[us]", "bool"]
    expected = pd.DataFrame(rows).sort_values(["day", "text"], ignore_index=True)
    pd.testing.assert_frame_equal(frame, expected.assign(day=pd.to_datetime(expected["day"])), check_dtype=False)


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_the_rows_that_a_condition_names_are_read(engine: Engine, text: str) -> None:
    logged(engine)
    later = LOG.c.day >= dt.date(2026, 1, 2)
    where = and_(later, or_(LOG.c.text == text, LOG.c.text.in_(["no such", "nor such"])), LOG.c.shown)
    found = read_table(engine, LOG, ["day", "text"], where)
    assert [tuple(row) for row in found.itertuples(index=False)] == [(dt.datetime(2026, 1, 2), text)]  # noqa: DTZ001


def test_where_no_row_is_wanted_the_columns_keep_their_types(engine: Engine) -> None:
    logged(engine)
    everything = read_table(engine, LOG)
    nothing = read_table(engine, LOG, where=LOG.c.day > dt.date(2030, 1, 1))
    assert nothing.empty
    assert nothing.dtypes.to_dict() == everything.dtypes.to_dict()


def test_chunks_are_the_table_in_pieces(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "CHUNK_ROWS", 7)
    rows = logged(engine)
    chunks = list(read_chunks(engine, LOG))
    assert max(map(len, chunks)) <= 7 < len(rows)
    together = pd.concat(chunks).sort_values(["day", "text"], ignore_index=True)
    pd.testing.assert_frame_equal(together, read_table(engine, LOG).sort_values(["day", "text"], ignore_index=True))
    some = list(read_chunks(engine, LOG, ["text"], LOG.c.shown))
    assert sorted(text for chunk in some for text in chunk["text"]) == sorted(ODD_TEXTS)
    assert list(read_chunks(engine, LOG, where=LOG.c.day > dt.date(2030, 1, 1))) == []


def test_chunks_hold_missing_numbers(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "CHUNK_ROWS", 2)
    table = Table("measured", MetaData(), *(Column(name, kind) for name, kind in (("a", Integer), ("b", BigInteger))))
    table.create(engine)
    with engine.begin() as connection:
        connection.execute(table.insert(), [{"a": None, "b": 2**40}, {"a": 1, "b": None}, {"a": 2, "b": 3}])
    found = pd.concat(read_chunks(engine, table)).astype("float64").sort_values("a", ignore_index=True)
    expected = pd.DataFrame({"a": [1, 2, np.nan], "b": [np.nan, 3, 2**40]})
    pd.testing.assert_frame_equal(found, expected)


def test_a_table_that_is_not_there_is_told_without_the_password(engine: Engine) -> None:
    for reading in (read_table, lambda *table: list(read_chunks(*table))):
        with pytest.raises(DatabaseReadError, match="numbers") as caught:
            reading(engine, TABLE)
        assert PASSWORD not in str(caught.value)


def test_a_folder_with_odd_letters_does_not_matter(tmp_path: Path, sqlite_url: URL) -> None:
    engine = connect(sqlite_url.set(database=str(tmp_path / "a b#c?d%20é" / "mlops.db")))
    TABLE.create(engine)
    assert read_table(engine, TABLE).empty
    engine.dispose()
