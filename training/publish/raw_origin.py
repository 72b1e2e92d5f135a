"""Where the raw tables come from: a row that is replaced, or changed, in one step with them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from quantity.db.snapshots import published, stored_columns
from quantity.db.tables import ORIGIN, replaced_tables, snapshots

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Engine

ORIGIN_ID = 1
"""Of the only row."""


@dataclass(frozen=True)
class RawOrigin:
    """Where the raw tables come from.

    Attributes:
        source_digest: of the files that were loaded whole, and of the settings of their reading; None: unknown.
        appended_lines: order lines that were added, corrected or cancelled since: loading the files loses them.
        merged_after: the newest snapshot when lines were merged into the tables without features; None: they never
            were, or the tables were replaced since.
    """

    source_digest: str | None = None
    appended_lines: int = 0
    merged_after: int | None = None


def read_raw_origin(engine: Engine) -> RawOrigin:
    """Where the raw tables come from; of a database of an earlier version, which files were loaded last.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    return _stored(engine) or RawOrigin(last_loaded(engine))


def source_of_raw_tables(engine: Engine, raw_digest: str) -> str | None:
    """The digest of the files that the raw tables come from, as far as nobody else has changed the tables.

    Args:
        engine: the database.
        raw_digest: of the tables as they are, by `digest_of_raw`.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    origin = _stored(engine)
    newest = select(snapshots.c.raw_digest).order_by(snapshots.c.snapshot_id.desc()).limit(1)
    if origin is None:
        return None
    with engine.connect() as connection:
        known = connection.scalar(newest)
    return origin.source_digest if known == raw_digest or are_lines_unpublished(engine, origin) else None


def are_lines_unpublished(engine: Engine, origin: RawOrigin) -> bool:
    """Whether lines were merged into the raw tables that no snapshot knows.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    return origin.merged_after is not None and newest_snapshot(engine) <= origin.merged_after


def newest_snapshot(engine: Engine) -> int:
    """The number of the newest snapshot, published or rolled back; 0 where there is none.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    # A publisher that died has not listed its snapshot yet.
    current = published(engine)
    with engine.connect() as connection:
        listed = connection.scalar(select(func.max(snapshots.c.snapshot_id))) or 0
    return max(listed, current.snapshot_id if current else 0)


def last_loaded(engine: Engine) -> str | None:
    """The digest of the files that were loaded last, whether or not their snapshot was rolled back since.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    with engine.connect() as connection:
        # A database of an earlier version of the project has no digests.
        if "source_digest" not in stored_columns(connection, snapshots):
            return None
        digest = snapshots.c.source_digest
        newest = select(digest).where(digest.is_not(None)).order_by(snapshots.c.snapshot_id.desc()).limit(1)
        return connection.scalar(newest)


def origin_frame(origin: RawOrigin) -> pd.DataFrame:
    """The row, as the table has it."""
    # Frames take a second to import; telling whether something is to do needs none.
    import pandas as pd  # noqa: PLC0415

    row = {"origin_id": ORIGIN_ID} | asdict(origin)
    types = {"origin_id": "int64", "source_digest": "str", "appended_lines": "int64", "merged_after": "Int64"}
    return pd.DataFrame([row]).astype(types)


def _stored(engine: Engine) -> RawOrigin | None:
    table = replaced_tables()[ORIGIN]
    with engine.connect() as connection:
        if not stored_columns(connection, table):
            return None
        columns = (table.c.source_digest, table.c.appended_lines, table.c.merged_after)
        row = connection.execute(select(*columns)).first()
    return RawOrigin(*row) if row else None
