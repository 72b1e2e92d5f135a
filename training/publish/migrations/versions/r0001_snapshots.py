"""The list of snapshots, as all versions before the first migration made it."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, String, inspect

revision, down_revision = "0001", None


def upgrade() -> None:
    """Make the table where no earlier version did."""
    if inspect(op.get_bind()).has_table("snapshots"):
        return
    op.create_table(
        "snapshots",
        Column("snapshot_id", Integer, primary_key=True, autoincrement=False),
        Column("as_of_date", Date, nullable=False),
        Column("created_at", DateTime, nullable=False, comment="UTC"),
        Column("run_id", String(255), nullable=False),
        Column("order_rows", BigInteger, nullable=False),
        Column("feature_rows", BigInteger, nullable=False),
        Column("store_rows", BigInteger, nullable=False),
        Column("product_rows", BigInteger, nullable=False),
        Column("pair_rows", BigInteger, nullable=False),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
