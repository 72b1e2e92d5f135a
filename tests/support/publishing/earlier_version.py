"""A database as the versions before the first migration left it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quantity.db.tables import POINTER, PREVIOUS
from tests.support.publishing.published import publish_marked
from tests.support.publishing.published_market import execute
from training.publish.control_tables import VERSION_TABLE

if TYPE_CHECKING:
    from sqlalchemy import Engine

COLUMNS = (
    "snapshot_id INTEGER NOT NULL, as_of_date DATE NOT NULL, created_at DATETIME NOT NULL, "
    "run_id VARCHAR(255) NOT NULL, order_rows BIGINT NOT NULL, feature_rows BIGINT NOT NULL, "
    "store_rows BIGINT NOT NULL, product_rows BIGINT NOT NULL, pair_rows BIGINT NOT NULL"
)
NAMES = ", ".join(column.split()[0] for column in COLUMNS.split(", "))


def make_earlier(engine: Engine) -> None:
    """Publish snapshots 1 and 2, and give their records the tables that earlier versions made."""
    for mark in (1, 2):
        publish_marked(engine, mark)
    execute(engine, f"DROP TABLE {VERSION_TABLE}")
    _replace(engine, "snapshots", COLUMNS, NAMES, "snapshot_id")
    for name in (POINTER, POINTER + PREVIOUS):
        columns = f"publication VARCHAR(32) NOT NULL, {COLUMNS}"
        _replace(engine, name, columns, f"publication, {NAMES}", "publication")


def _replace(engine: Engine, name: str, columns: str, names: str, key: str) -> None:
    execute(
        engine,
        f"ALTER TABLE {name} RENAME TO newer",
        f"CREATE TABLE {name} ({columns}, PRIMARY KEY ({key}))",
        f"INSERT INTO {name} ({names}) SELECT {names} FROM newer",
        "DROP TABLE newer",
    )
