"""Tables renamed into place, all of them together: atomic on MySQL (``RENAME TABLE``) and on SQLite (a transaction)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from quantity.db.tables import NEXT, POINTER, PREVIOUS, RAW, RETIRED, SNAPSHOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Engine

Renames = list[tuple[str, str]]
"""Old and new names, in order."""

RENAME_WAIT_SECONDS = 120
"""How long the rename waits for sessions that still read the tables it replaces (MySQL)."""


def publish_renames(engine: Engine, names: Iterable[str]) -> Renames:
    """Tables of the next snapshot become the live ones, the live ones the previous ones."""
    existing = set(inspect(engine).get_table_names())
    renames: Renames = []
    for name in names:
        if name in RAW:
            renames.append((name, name + RETIRED))
        else:
            renames += [(name + PREVIOUS, name + RETIRED), (name, name + PREVIOUS)]
        renames.append((name + NEXT, name))
    return [(old, new) for old, new in renames if old in existing]


def roll_back_renames() -> Renames:
    """The previous tables and the live ones change places."""
    renames: Renames = []
    for name in SNAPSHOT:
        if name == POINTER:
            # The previous pointer's content comes back under a new publication.
            renames += [(name + PREVIOUS, name + RETIRED), (name, name + PREVIOUS), (name + NEXT, name)]
        else:
            renames += [(name, name + RETIRED), (name + PREVIOUS, name), (name + RETIRED, name + PREVIOUS)]
    return renames


def rename_tables(engine: Engine, renames: Renames) -> None:
    """Rename them all in one step.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database failed; every table has the name it had.
    """
    quote = engine.dialect.identifier_preparer.quote
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            for old, new in renames:
                connection.execute(text(f"ALTER TABLE {quote(old)} RENAME TO {quote(new)}"))
        else:
            connection.execute(text(f"SET SESSION lock_wait_timeout = {RENAME_WAIT_SECONDS}"))
            pairs = ", ".join(f"{quote(old)} TO {quote(new)}" for old, new in renames)
            connection.execute(text(f"RENAME TABLE {pairs}"))
