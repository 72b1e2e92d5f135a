"""Tables renamed into place, all of them together: atomic on MySQL (``RENAME TABLE``) and on SQLite (a transaction)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from quantity.db.tables import LATEST, NEXT, POINTER, PREVIOUS, RETIRED, SNAPSHOT, WITH_RAW

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Engine

Renames = list[tuple[str, str]]
"""Old and new names, in order."""

RENAME_WAIT_SECONDS = 120
"""How long the rename waits for sessions that still read the tables it replaces (MySQL)."""


def publish_renames(engine: Engine, names: Iterable[str]) -> Renames:
    """Tables of the next snapshot become the live ones, the live ones the previous ones."""
    existing = set(inspect(engine).get_table_names()) | views(engine)
    names = list(names)
    # The snapshot before may have groups that this version of the project no longer has.
    given_up = [name for name in _snapshot_names(existing) if name not in names]
    renames: Renames = []
    for name in [*given_up, *names]:
        if name in WITH_RAW:
            renames.append((name, name + RETIRED))
        else:
            renames += [(name + PREVIOUS, name + RETIRED), (name, name + PREVIOUS)]
        renames.append((name + NEXT, name))
    return [(old, new) for old, new in renames if old in existing]


def roll_back_renames(engine: Engine) -> Renames:
    """The previous tables and the live ones change places."""
    existing = set(inspect(engine).get_table_names()) | views(engine)
    renames: Renames = []
    for name in _snapshot_names(existing):
        live, previous, aside = (name, name + PREVIOUS), (name + PREVIOUS, name), (name, name + RETIRED)
        if name == POINTER:
            # The previous pointer's content comes back under a new publication.
            renames += [(name + PREVIOUS, name + RETIRED), live, (name + NEXT, name)]
        elif {name, name + PREVIOUS} <= existing:
            renames += [aside, previous, (name + RETIRED, name + PREVIOUS)]
        else:
            # Only one of the two versions of the project that published them has such groups.
            renames.append(live if name in existing else previous)
    return renames


def _snapshot_names(existing: Iterable[str]) -> list[str]:
    """The plain names of a snapshot's tables: those of this version of the project, and others that are there."""
    plain = {name.removesuffix(PREVIOUS) for name in existing if name.startswith(LATEST)}
    others = {name for name in plain if not name.endswith((NEXT, RETIRED))}
    return [name for name in SNAPSHOT if name in existing or name + PREVIOUS in existing] + sorted(others - {*SNAPSHOT})


def rename_tables(engine: Engine, renames: Renames) -> None:
    """Rename them all in one step.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database failed; every table has the name it had.
    """
    quote = engine.dialect.identifier_preparer.quote
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            _rename_in_sqlite(connection, renames)
        else:
            connection.execute(text(f"SET SESSION lock_wait_timeout = {RENAME_WAIT_SECONDS}"))
            pairs = ", ".join(f"{quote(old)} TO {quote(new)}" for old, new in renames)
            connection.execute(text(f"RENAME TABLE {pairs}"))


def _rename_in_sqlite(connection: Connection, renames: Renames) -> None:
    """SQLite renames no views: they are made anew."""
    quote = connection.dialect.identifier_preparer.quote
    found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'view'"))
    moved = {old for old, _ in renames}
    queries = {name: sql.partition(" AS ")[2] for name, sql in found if name in moved}
    for name in queries:
        connection.execute(text(f"DROP VIEW {quote(name)}"))
    for old, new in renames:
        if old in queries:
            queries[new] = queries.pop(old)
        else:
            connection.execute(text(f"ALTER TABLE {quote(old)} RENAME TO {quote(new)}"))
    for name, query in queries.items():
        connection.exec_driver_sql(f"CREATE VIEW {quote(name)} AS {query}")


def views(engine: Engine) -> set[str]:
    """The names of the database's views."""
    return set(inspect(engine).get_view_names())
