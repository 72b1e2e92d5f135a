"""Digests of what a snapshot was made of."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String, inspect

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    """Add the columns, empty for the snapshots that are there."""
    present = {column["name"] for column in inspect(op.get_bind()).get_columns("snapshots")}
    for name in ("source_digest", "raw_digest", "features_digest"):
        if name not in present:
            op.add_column("snapshots", Column(name, String(64)))
