"""Order lines that came after the snapshot that should have known them: a cause of answers that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from quantity.db.tables import replaced_tables, snapshots

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Engine


def changed_lines(engine: Engine, snapshot_ids: Iterable[int]) -> dict[int, int]:
    """By snapshot, how many order lines before its as-of date came since; negative where they went.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database failed.
    """
    lines = replaced_tables()["fact_order_items"]
    today = select(func.count()).select_from(lines).where(lines.c.checkout_date < snapshots.c.as_of_date)
    query = select(snapshots.c.snapshot_id, snapshots.c.order_rows, today.scalar_subquery())
    with engine.connect() as connection:
        found = connection.execute(query.where(snapshots.c.snapshot_id.in_(list(snapshot_ids)))).all()
    return {number: now - before for number, before, now in found if now != before}
