"""Removes the oldest of the prediction log, a few thousand rows at a time."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, delete, select

from quantity.db.monitoring_tables import SEGMENT_TIME_SHIFT, predictions

if TYPE_CHECKING:
    from sqlalchemy import Engine, Row

CHUNK_ROWS = 20_000
"""Rows of one transaction: the service goes on inserting."""

_MILLISECOND = dt.timedelta(milliseconds=1)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def prune(engine: Engine, days: int, now: dt.datetime) -> int:
    """Delete the segments begun more than so many days ago; the result is how many rows they had.

    Segment ids rise with time, and the primary key with them: nothing that stays is read.

    Args:
        engine: of the tables.
        days: that rows are kept.
        now: with its time zone.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database failed; the rows of whole chunks are gone.
    """
    first_kept = (now - dt.timedelta(days=days) - _EPOCH) // _MILLISECOND << SEGMENT_TIME_SHIFT
    deleted = 0
    while (boundary := _boundary(engine, first_kept)) is not None:
        deleted += _delete(engine, *_before(boundary))
    return deleted + _delete(engine, predictions.c.segment_id < first_kept)


def _boundary(engine: Engine, first_kept: int) -> Row[Any] | None:
    """The row that ends the first chunk, or None where less than a chunk is left."""
    key = tuple(predictions.primary_key)
    old = select(*key).where(predictions.c.segment_id < first_kept).order_by(*key)
    with engine.connect() as connection:
        return connection.execute(old.offset(CHUNK_ROWS).limit(1)).first()


def _before(boundary: Row[Any]) -> tuple[ColumnElement[bool], ...]:
    """Ranges of the primary key that hold all rows before this one."""
    segment, line = predictions.c.segment_id, predictions.c.line
    return segment < boundary.segment_id, and_(segment == boundary.segment_id, line < boundary.line)


def _delete(engine: Engine, *ranges: ColumnElement[bool]) -> int:
    with engine.begin() as connection:
        return sum(connection.execute(delete(predictions).where(each)).rowcount for each in ranges)
