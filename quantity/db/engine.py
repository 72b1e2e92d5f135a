"""Connections to the tables' database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine

CONNECT_TIMEOUT_SECONDS = 10
SQLITE_BUSY_SECONDS = 60

SQL_MODE = "STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
"""MySQL's mode in each session, whatever the server's is: text has its usual escapes, and a value that does not fit is
an error."""


def connect(url: URL, *, bulk_load: bool = False, timeout_seconds: float | None = None) -> Engine:
    """An engine for MySQL (or MariaDB) or SQLite; nothing is connected yet.

    Connections are checked before use, so a restarted server costs a reconnect and no error.

    Args:
        url: of the database. With ``ssl_ca`` in its query, MySQL's connections are encrypted, to a server that the
            certificates in that file certify by its name, or there is none.
        bulk_load: whether `LOAD DATA LOCAL` is allowed. A server can then ask for any file that the process can read.
        timeout_seconds: of each wait for MySQL's answer, logging in included; by default only the network connection
            has a time-out.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    arguments: dict[str, Any] = {
        "local_infile": bulk_load,
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "sql_mode": SQL_MODE,
    }
    if url.password is not None:
        # As text, PyMySQL would send it in Latin-1, where MySQL's own programs send UTF-8.
        arguments["password"] = str(url.password).encode()
    if timeout_seconds is not None:
        arguments |= dict.fromkeys(("connect_timeout", "read_timeout", "write_timeout"), timeout_seconds)
    return create_engine(url, pool_pre_ping=True, connect_args=arguments)


def _sqlite(url: URL) -> Engine:
    if url.database is not None:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": SQLITE_BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # The driver would commit before each CREATE or ALTER; transactions here are begun by hand.
        connection.isolation_level = None
        # Readers go on while a publisher writes.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        # Some libraries overwrite what is deleted: dropping a table would write all of it once more.
        connection.execute("PRAGMA secure_delete=OFF")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine
