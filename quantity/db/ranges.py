"""A large table, a range of its rows at a time."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Boolean, Double, Integer, and_, select, true

from quantity.db.read import DatabaseReadError, read_table
from quantity.db.sqlite_columns import SqliteColumnsError, read_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from sqlalchemy import Column, ColumnElement, Engine, Table

WORTH_A_PROCESS = 200_000
"""Rows that SQLite's own process is started for: a second's work of Python's driver."""


def read_ranges(
    engine: Engine, table: Table, names: Sequence[str], ranges: Sequence[ColumnElement[bool]], rows: int
) -> Iterator[pd.DataFrame]:
    """What `read_table` reads of each range, one after the other.

    Args:
        engine: the database.
        table: what to read.
        names: of the columns.
        ranges: conditions, each a part of the rows.
        rows: how many rows there are in all, about.

    Raises:
        DatabaseReadError: the table cannot be read; the message is the database's.
    """
    columns = [table.columns[name] for name in names]
    if engine.dialect.name == "sqlite" and rows >= WORTH_A_PROCESS and all(map(_is_number, columns)):
        queries = [
            str(select(*columns).where(where).compile(engine, compile_kwargs={"literal_binds": True}))
            for where in ranges
        ]
        try:
            yield from read_columns(str(engine.url.database), queries)
        except SqliteColumnsError as error:
            raise DatabaseReadError(f"table {table.name}: {error}") from error
    else:
        for where in ranges:
            yield read_table(engine, table, names, where)


def ranges_of(column: Column[int], values: Sequence[int], count: int) -> list[ColumnElement[bool]]:
    """Conditions that part the rows of a table into ranges, about ``count`` of as many of the values each.

    Args:
        column: of the table.
        values: that it has, ascending; others fall into a range as well.
        count: of ranges.
    """
    step = max(1, -(-len(values) // count))
    borders = [None, *values[step::step], None]
    return [
        and_(true() if low is None else column >= low, true() if high is None else column < high)
        for low, high in pairwise(borders)
    ]


def _is_number(column: Column[object]) -> bool:
    kind = column.type
    return isinstance(kind, Double) or (isinstance(kind, Integer) and not isinstance(kind, BigInteger | Boolean))
