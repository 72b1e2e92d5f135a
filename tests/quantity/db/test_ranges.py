"""A table read by ranges is the table, whoever reads it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from sqlalchemy import Column, Double, Integer, MetaData, Table

from local_servers.processes import children
from quantity.db import ranges
from quantity.db.engine import connect
from quantity.db.ranges import ranges_of, read_ranges
from quantity.db.read import DatabaseReadError, read_table

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import URL, Engine

NUMBERS = Table(
    "numbers",
    MetaData(),
    Column("a", Integer, primary_key=True, autoincrement=False),
    Column("b", Integer),
    Column("c", Double),
)
NAMES = ("a", "c", "b")


def fill(engine: Engine) -> None:
    rows = [{"a": a, "b": None if a % 3 else 2 * a, "c": None if a % 5 == 0 else a / 7} for a in range(-5, 40)]
    NUMBERS.create(engine)
    with engine.begin() as connection:
        connection.execute(NUMBERS.insert(), rows)


@pytest.mark.parametrize("worth", [pytest.param(0, id="a process"), pytest.param(10**6, id="no process")])
@pytest.mark.parametrize("count", [1, 3, 100])
def test_the_ranges_together_are_the_table(
    engine: Engine, worth: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(engine)
    monkeypatch.setattr(ranges, "WORTH_A_PROCESS", worth)
    parts = ranges_of(NUMBERS.c.a, range(0, 30, 2), count)
    found = list(read_ranges(engine, NUMBERS, NAMES, parts, 45))
    assert len(found) == min(count, 15)
    pd.testing.assert_frame_equal(
        pd.concat(found, ignore_index=True).sort_values("a", ignore_index=True),
        read_table(engine, NUMBERS, NAMES).sort_values("a", ignore_index=True),
        check_exact=True,
        check_dtype=False,  # of a range of whole numbers alone
    )


def test_without_values_there_is_one_range(engine: Engine) -> None:
    fill(engine)
    (found,) = read_ranges(engine, NUMBERS, NAMES, ranges_of(NUMBERS.c.a, [], 4), 45)
    assert len(found) == 45


def test_the_process_finds_a_file_with_odd_letters(
    tmp_path: Path, sqlite_url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "WORTH_A_PROCESS", 0)
    engine = connect(sqlite_url.set(database=str(tmp_path / "a b#c?d%20é" / "mlops.db")))
    fill(engine)
    assert sum(map(len, read_ranges(engine, NUMBERS, NAMES, ranges_of(NUMBERS.c.a, [0, 9], 2), 45))) == 45
    engine.dispose()


@pytest.mark.parametrize("worth", [0, 10**6])
def test_a_table_that_is_not_there_is_told(engine: Engine, worth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "WORTH_A_PROCESS", worth)
    with pytest.raises(DatabaseReadError, match=r"table numbers: .*numbers"):
        list(read_ranges(engine, NUMBERS, NAMES, ranges_of(NUMBERS.c.a, [1], 1), 1))


def test_who_stops_reading_leaves_no_process(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "WORTH_A_PROCESS", 0)
    fill(sqlite_engine)
    before = children(os.getpid())
    pieces = read_ranges(sqlite_engine, NUMBERS, NAMES, ranges_of(NUMBERS.c.a, range(30), 30), 45)
    assert len(next(pieces)) == 6
    del pieces
    assert children(os.getpid()) == before
