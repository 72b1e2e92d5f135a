"""Order lines merged into the raw tables in one transaction, without features: as much work as there are lines."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import delete, func, insert, inspect, select

from quantity.db.load_data import bulk_connection
from quantity.db.tables import KEYS, NEXT, ORIGIN, replaced_tables
from training.publish.bulk_load import bulk_load
from training.publish.control_tables import upgrade_control_tables
from training.publish.raw_origin import ORIGIN_ID, RawOrigin, newest_snapshot, read_raw_origin
from training.publish.tidying import tidy, tidy_if_possible

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    import pandas as pd
    from sqlalchemy import Connection, Engine

    from quantity.raw import Keys
    from training.publish.database_lock import StillHeld

ITEMS = "fact_order_items"
DELETED_AT_ONCE = 500


@dataclass(frozen=True)
class LineChange:
    """How order lines change.

    Attributes:
        removed: (n,) the ``line`` of each that goes.
        added: those that come, as in `RawTables`.
    """

    removed: npt.NDArray[np.int64]
    added: pd.DataFrame

    def __bool__(self) -> bool:
        """Whether it changes anything."""
        return bool(len(self.removed) or len(self.added))


def merge_order_lines(
    engine: Engine, change: LineChange, keys: Keys, appended_lines: int, still_held: StillHeld
) -> None:
    """Change `fact_order_items`, whole or not at all; no snapshot knows it yet. Callers hold the publisher lock.

    Args:
        engine: the database.
        change: the lines.
        keys: numbers of text ids, those of the lines among them.
        appended_lines: how many the files that were loaded whole do not have, for the tables' record.
        still_held: of the lock.

    Raises:
        NewerDatabaseError: a later version of the project has migrated the database.
        sqlalchemy.exc.SQLAlchemyError: the database failed; the tables are as they were.
    """
    upgrade_control_tables(engine)
    tidy(engine)
    origin = read_raw_origin(engine)
    merged = RawOrigin(origin.source_digest, origin.appended_lines + appended_lines, newest_snapshot(engine))
    try:
        _stage(engine, change.added)
        _make_missing_tables(engine)
        with engine.begin() as connection:
            _delete(connection, change.removed)
            _insert_staged(connection)
            _insert_new_keys(connection, "store", keys.stores)
            _insert_new_keys(connection, "product", keys.products)
            _replace_origin(connection, merged)
            still_held()
    finally:
        tidy_if_possible(engine, still_held)


def _stage(engine: Engine, added: pd.DataFrame) -> None:
    """The lines that come, in a table beside, numbered after those that are there."""
    items, staged = replaced_tables()[ITEMS], replaced_tables(NEXT)[ITEMS]
    with engine.connect() as connection:
        last = connection.scalar(select(func.max(items.c.line))) or 0
    with bulk_connection(engine) as connection:
        staged.create(connection)
        connection.commit()
    with bulk_load(engine, len(added)) as load:
        load.insert(staged, added.assign(line=np.arange(last + 1, last + 1 + len(added))))


def _make_missing_tables(engine: Engine) -> None:
    """Those that an earlier version of the project did not have."""
    present = inspect(engine).get_table_names()
    tables = replaced_tables()
    with engine.begin() as connection:
        for name in (ORIGIN, *KEYS.values()):
            if name not in present:
                tables[name].create(connection)


def _delete(connection: Connection, lines: npt.NDArray[np.int64]) -> None:
    items = replaced_tables()[ITEMS]
    for start in range(0, len(lines), DELETED_AT_ONCE):
        connection.execute(delete(items).where(items.c.line.in_(lines[start : start + DELETED_AT_ONCE].tolist())))


def _insert_staged(connection: Connection) -> None:
    items, staged = replaced_tables()[ITEMS], replaced_tables(NEXT)[ITEMS]
    names = [column.name for column in items.columns]
    connection.execute(insert(items).from_select(names, select(*(staged.c[name] for name in names))))


def _insert_new_keys(connection: Connection, kind: str, numbers: Mapping[str, int]) -> None:
    table = replaced_tables()[KEYS[kind]]
    known = set(connection.scalars(select(table.c[f"{kind}_id"])))
    new = {text: number for text, number in numbers.items() if number not in known}
    if new:
        connection.execute(insert(table), [{f"{kind}_id": n, f"{kind}_key": text} for text, n in new.items()])


def _replace_origin(connection: Connection, origin: RawOrigin) -> None:
    table = replaced_tables()[ORIGIN]
    connection.execute(delete(table))
    connection.execute(insert(table).values(origin_id=ORIGIN_ID, **asdict(origin)))
