"""The history's parts: tables of the rows of some days, which are never written again, and a view that shows them all.

A snapshot's view takes up parts of the one before, each up to some day, and adds one of its own; so nothing that is
there already is written again, and a rollback has all it needs.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import inspect, select, union_all

from quantity.db.snapshots import stored_columns
from quantity.db.tables import HISTORY, NEXT, PARTS, PREVIOUS, part_number, part_tables, replaced_tables

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from typing import Any

    from sqlalchemy import Connection, Engine, Select


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


def parts_frame(parts: Sequence[Part]) -> pd.DataFrame:
    """The rows of the table of parts."""
    frame = pd.DataFrame([asdict(part) for part in parts])
    return frame.astype({"first_day": "datetime64[s]", "end_day": "datetime64[s]"})


def next_number(engine: Engine) -> int:
    """A number that no part has."""
    numbers = (part_number(name) for name in inspect(engine).get_table_names())
    return 1 + max((number for number in numbers if number is not None), default=0)


def create_view(engine: Engine, parts: Sequence[Part]) -> None:
    """Make the next snapshot's view of the history."""
    query = union_all(*(_shown(part) for part in parts)) if len(parts) > 1 else _shown(parts[0])
    shown = query.compile(dialect=engine.dialect, compile_kwargs={"literal_binds": True})
    # Whoever may read the parts may read the view, whoever made it.
    security = "" if engine.dialect.name == "sqlite" else "SQL SECURITY INVOKER "
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE {security}VIEW {HISTORY}{NEXT} AS {shown}")


def unused_parts(engine: Engine) -> list[str]:
    """The tables of parts that neither the published nor the previous snapshot has."""
    with engine.connect() as connection:
        used = {part.part for suffix in ("", PREVIOUS) for part in parts_of(connection, suffix)}
    numbers = {name: part_number(name) for name in inspect(engine).get_table_names()}
    return [name for name, number in numbers.items() if number is not None and number not in used]


def _shown(part: Part) -> Select[Any]:
    table = part_tables(part.part).history
    return select(*table.columns).where(table.c.checkout_date < part.end_day)
