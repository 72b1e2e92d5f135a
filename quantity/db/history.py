"""The history's parts, for queries that a view of them all would slow down.

A server writes a view of several tables into a temporary one, with all of its columns, before it answers: so
`history` gives the columns that a query needs, and `of_each_part` asks each part by itself.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - the class tells its types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, union_all
from sqlalchemy.sql.util import ClauseAdapter

from quantity.db.snapshots import stored_columns
from quantity.db.tables import HISTORY, PARTS, part_tables, replaced_tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, FromClause, Select
    from sqlalchemy.sql.selectable import CompoundSelect


@dataclass(frozen=True)
class Part:
    """What a snapshot's history shows of a part.

    Attributes:
        part: its number.
        first_day, end_day: the days of the rows, from and before.
        feature_rows: how many rows that are.
    """

    part: int
    first_day: dt.date
    end_day: dt.date
    feature_rows: int


def parts_of(connection: Connection, suffix: str = "") -> list[Part]:
    """The parts of the published snapshot's history (or, by suffix, of the previous one's), by their days.

    An earlier version of the project made none.
    """
    table = replaced_tables(suffix)[PARTS]
    if not stored_columns(connection, table):
        return []
    columns = (table.c.part, table.c.first_day, table.c.end_day, table.c.feature_rows)
    return [Part(*row) for row in connection.execute(select(*columns).order_by(table.c.first_day))]


def shown(part: Part, names: Sequence[str] | None = None) -> Select[Any]:
    """The rows of a part that are shown, with all columns or those of these names."""
    table = part_tables(part.part).history
    columns = list(table.columns) if names is None else [table.c[name] for name in names]
    return select(*columns).where(table.c.checkout_date < part.end_day)


def history(connection: Connection, names: Sequence[str], suffix: str = "") -> FromClause:
    """The history of the published snapshot, or of the previous one, to select columns of these names from."""
    parts = parts_of(connection, suffix)
    if len(parts) <= 1:
        return replaced_tables(suffix)[HISTORY]
    return union_all(*(shown(part, names) for part in parts)).subquery(HISTORY)


def of_each_part(connection: Connection, query: Select[Any]) -> Select[Any] | CompoundSelect[Any]:
    """A query of rows of the published history, asked of each part."""
    parts = parts_of(connection)
    return query if len(parts) <= 1 else union_all(*(_asked_of(part, query) for part in parts))


def _asked_of(part: Part, query: Select[Any]) -> Select[Any]:
    table = part_tables(part.part).history
    adapted: Select[Any] = ClauseAdapter(table, adapt_on_names=True).traverse(query)
    return adapted.where(table.c.checkout_date < part.end_day)
