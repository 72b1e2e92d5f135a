"""The history's parts: tables of the rows of some days, which are never written again, and a view that shows them all.

A snapshot's view takes up parts of the one before, each up to some day, and adds one of its own, which has its number;
so nothing that is there already is written again, no two parts ever have one number, and a rollback has all it needs.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import inspect, union_all

from quantity.db.history import parts_of, shown
from quantity.db.tables import HISTORY, NEXT, PREVIOUS, part_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from quantity.db.history import Part


def parts_frame(parts: Sequence[Part]) -> pd.DataFrame:
    """The rows of the table of parts."""
    frame = pd.DataFrame([asdict(part) for part in parts])
    return frame.astype({"first_day": "datetime64[s]", "end_day": "datetime64[s]"})


def create_view(engine: Engine, parts: Sequence[Part]) -> None:
    """Make the next snapshot's view of the history."""
    query = union_all(*(shown(part) for part in parts)) if len(parts) > 1 else shown(parts[0])
    compiled = query.compile(dialect=engine.dialect, compile_kwargs={"literal_binds": True})
    # Whoever may read the parts may read the view, whoever made it.
    security = "" if engine.dialect.name == "sqlite" else "SQL SECURITY INVOKER "
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE {security}VIEW {HISTORY}{NEXT} AS {compiled}")


def unused_parts(engine: Engine) -> list[str]:
    """The tables of parts that neither the published nor the previous snapshot has."""
    with engine.connect() as connection:
        used = {part.part for suffix in ("", PREVIOUS) for part in parts_of(connection, suffix)}
    numbers = {name: part_number(name) for name in inspect(engine).get_table_names()}
    return [name for name, number in numbers.items() if number is not None and number not in used]
