"""What tells that the orders of a scored day have changed, though there are as many of as many cases."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, inspect

revision, down_revision = "0004", "0003"


def upgrade() -> None:
    """Add the column, empty for the days that were scored before: they are scored once more."""
    if "checksum" not in {column["name"] for column in inspect(op.get_bind()).get_columns("scored_days")}:
        op.add_column("scored_days", Column("checksum", BigInteger))
