"""`LOAD DATA LOCAL` inserts a file as it is, or not at all."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Double, Integer, MetaData, String, Table, select
from sqlalchemy.exc import DBAPIError

from quantity.db.load_data import AlteredRowsError, are_local_files_refused, bulk_connection, load_csv
from quantity.db.tables import MYSQL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Engine

    from local_servers.mysql_server import MysqlServer

TABLE = Table(
    "select",
    MetaData(),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("group", Integer),
    Column("text", String(8)),
    Column("day", Date),
    Column("at", DateTime),
    Column("share", Double),
    Column("shown", Boolean, nullable=False),
    **MYSQL,
)
"""Whose names are words of SQL."""

LINES = [
    "1,7,abc,2024-02-29,2024-02-29 23:59:59.000000,0.1,1",
    f'{2**63 - 1},,"a,""b"" ä",0001-01-01,,,0',
    r"3,,\n,,,,1",
]
ROWS = [
    (1, 7, "abc", dt.date(2024, 2, 29), dt.datetime(2024, 2, 29, 23, 59, 59), 0.1, True),  # noqa: DTZ001
    (3, None, r"\n", None, None, None, True),
    (2**63 - 1, None, 'a,"b" ä', dt.date(1, 1, 1), None, None, False),
]


REFUSED = {
    "there already": "3,1,x,,,,1",
    "too long": "9,1,123456789,,,,1",
    "too large": f"9,{2**31},x,,,,1",
    "no number": "9,x,x,,,,1",
    "no day": "9,1,x,2023-02-29,,,1",
    "nothing where something must be": "9,1,x,,,,",
    "too few fields": "9,1,x",
    "too many fields": "9,1,x,,,,1,1",
}


@pytest.fixture
def engine(mysql_engine: Engine) -> Engine:
    TABLE.create(mysql_engine)
    return mysql_engine


def load(engine: Engine, folder: Path, lines: Sequence[str]) -> None:
    path = folder / "rows.csv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    with bulk_connection(engine) as connection:
        load_csv(connection, TABLE, path)
        connection.commit()


def rows_in(engine: Engine) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(TABLE).order_by(TABLE.c.id))]


def test_values_of_all_kinds_and_none_come_back(engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, LINES)

    assert rows_in(engine) == ROWS


@pytest.mark.parametrize("line", REFUSED.values(), ids=REFUSED)
def test_a_row_that_would_be_altered_or_skipped_is_told_and_nothing_is_inserted(
    engine: Engine, tmp_path: Path, line: str
) -> None:
    load(engine, tmp_path, LINES)

    with pytest.raises(AlteredRowsError, match=r"^select: "):
        load(engine, tmp_path, ["8,1,x,,,,1", line])

    assert rows_in(engine) == ROWS


def test_within_a_transaction_nothing_is_there_before_its_end(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"{LINES[0]}\n", encoding="utf-8")
    with bulk_connection(engine) as connection:
        load_csv(connection, TABLE, path)
        assert rows_in(engine) == []
        connection.rollback()

    assert rows_in(engine) == []


def test_a_server_that_takes_no_files_is_known_by_its_error(
    mysql_server: MysqlServer, engine: Engine, tmp_path: Path
) -> None:
    mysql_server.admin("SET GLOBAL local_infile = 0")
    try:
        with pytest.raises(DBAPIError) as refused:
            load(engine, tmp_path, LINES)
    finally:
        mysql_server.admin("SET GLOBAL local_infile = 1")
    with pytest.raises(DBAPIError) as other, engine.connect() as connection:
        connection.exec_driver_sql("SELECT no_such_column FROM `select`")

    assert are_local_files_refused(refused.value)
    assert not are_local_files_refused(other.value)
    assert rows_in(engine) == []


def test_a_connection_that_is_not_for_files_sends_none(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"{LINES[0]}\n", encoding="utf-8")

    with engine.connect() as connection, pytest.raises(DBAPIError):
        load_csv(connection, TABLE, path)

    assert rows_in(engine) == []
