"""A database that is gone from some statement on."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def gone_from(number: int) -> Iterator[list[str]]:
    """Let every statement fail from the given one on, on all connections; gives those that came through."""
    executed: list[str] = []

    def refuse(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if len(executed) + 1 >= number:
            raise OperationalError(statement, None, sqlite3.OperationalError("the database is gone"))
        executed.append(statement)

    event.listen(Engine, "before_cursor_execute", refuse)
    try:
        yield executed
    finally:
        event.remove(Engine, "before_cursor_execute", refuse)
