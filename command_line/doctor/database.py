"""The tables' database: whether it answers, which server it is, and which tables it has."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import NullPool, create_engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from command_line.doctor.finding import Finding, fault, not_looked_at, ok, warning
from quantity.db import monitoring_tables  # noqa: F401 - adds its tables to the control tables
from quantity.db.engine import connect
from quantity.db.failures import message_of
from quantity.db.tables import control, part_number, replaced_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from command_line.doctor.situation import Situation
    from quantity.settings import Settings

ANSWER_SECONDS = 4.0
"""The server has so long for each answer, logging in included: less than the check."""

START = "`quantity run` makes everything; step by step: `quantity preprocess`, then `quantity train`"


def look(situation: Situation) -> Iterator[Finding]:
    """Connect without changing anything."""
    settings = situation.settings
    assert settings is not None  # noqa: S101 - the check needs them
    url = settings.database_url
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        yield fault(f"{url.render_as_string()}: there is no such file yet", START)
        return
    engine = reading_engine(settings)
    try:
        names = _names(engine)
    except SQLAlchemyError as error:
        engine.dispose()
        yield fault(f"{url.render_as_string()}: {message_of(error)}", _remedy(settings))
        return
    situation.database = engine
    yield ok(f"{url.render_as_string()}: {_server(engine)}; {_told(names)}")
    yield from _steps(engine, names)


def reading_engine(settings: Settings) -> Engine:
    """Connections that make no file, not even SQLite's log."""
    url = settings.database_url
    if url.get_backend_name() != "sqlite":
        return connect(url, timeout_seconds=ANSWER_SECONDS)
    path = Path(str(url.database)).resolve()
    return create_engine(url, creator=lambda: _read_only(path), poolclass=NullPool)


def _read_only(path: Path) -> sqlite3.Connection:
    # A reader would make the log where there is none; without one, nobody writes.
    how = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    return sqlite3.connect(f"file:{quote(str(path))}?{how}", uri=True, timeout=ANSWER_SECONDS)


def _names(engine: Engine) -> frozenset[str]:
    inspector = inspect(engine)
    return frozenset((*inspector.get_table_names(), *inspector.get_view_names()))


def _server(engine: Engine) -> str:
    if engine.dialect.name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    with engine.connect() as connection:
        version = connection.exec_driver_sql("SELECT VERSION()").scalar_one()
    return f"{'MariaDB' if getattr(engine.dialect, 'is_mariadb', False) else 'MySQL'} {version}"


def _told(names: frozenset[str]) -> str:
    known = sorted(names & {*replaced_tables(), *control.tables})
    if not known:
        return "no tables of the project yet"
    parts = {number for name in names if (number := part_number(name)) is not None}
    return f"tables {', '.join(known)}; history in {len(parts)} part{'s' * (len(parts) != 1)}"


def _remedy(settings: Settings) -> str:
    if settings.mysql_host is None:
        return f"move {settings.database_url.database} away, then `quantity run` makes another"
    return (
        "see that the server runs (the stack's: `docker compose up --detach --wait mysql`) and that MYSQL_HOST, "
        "MYSQL_PORT, MYSQL_USER, MYSQL_PASSWORD, MYSQL_DATABASE and MYSQL_SSL_CA are right; without MYSQL_HOST the "
        "tables are in a SQLite file"
    )


def _steps(engine: Engine, names: frozenset[str]) -> Iterator[Finding]:
    """Whether the control tables are those of this version."""
    if not names & {*control.tables}:
        return
    try:
        # Only here: the service's image has no migrations.
        from training.publish.control_tables import NewerDatabaseError, are_current  # noqa: PLC0415
    except ModuleNotFoundError as error:
        yield not_looked_at(f"whether the control tables are of this version: {error.name} is not installed here")
        return
    try:
        if are_current(engine):
            yield ok("the control tables are of this version")
        else:
            yield warning(
                "the control tables are of an earlier version of the project",
                "`quantity preprocess` migrates them with its next snapshot, and keeps what they hold",
            )
    except NewerDatabaseError as error:
        yield fault(str(error), "`git pull && make install`, or build the images anew: `make up`")
