"""How often a version's range covers the orders that come, as scoring and replay counted it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from quantity.db.monitoring_tables import ASKED, REPLAYED, prediction_outcomes
from quantity.db.snapshots import stored_columns

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

LIVE_DAYS = 28
"""The last scored days that count, in days."""

FEWEST_SCORED = 500
"""With fewer orders the live coverage is not judged: its standard error is two points."""

LOWEST, HIGHEST = 0.70, 0.90
"""A live coverage outside of these calls for another range."""


@dataclass(frozen=True)
class LiveCoverage:
    """The share of orders inside their ranges, over the last scored days.

    Attributes:
        coverage: the share.
        orders: how many orders.
        until: the last scored day.
        source: whose answers: `REPLAYED` or `ASKED`.
    """

    coverage: float
    orders: int
    until: dt.date
    source: str

    @property
    def is_fine(self) -> bool:
        """Whether it is near enough to what the range promises."""
        return LOWEST <= self.coverage <= HIGHEST

    def __str__(self) -> str:
        return (
            f"its range covers {self.coverage:.1%} of {self.orders:,} {self.source} orders of the {LIVE_DAYS} days "
            f"to {self.until}"
        )


def live_coverage(engine: Engine, number: str) -> LiveCoverage | None:
    """A version's live coverage by its replay, else by the prediction log; None where neither has enough orders.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    with engine.connect() as connection:
        if not stored_columns(connection, prediction_outcomes):
            return None
        found = (_of_source(connection, number, source) for source in (REPLAYED, ASKED))
        return next((live for live in found if live is not None), None)


def _of_source(connection: Connection, number: str, source: str) -> LiveCoverage | None:
    table = prediction_outcomes.c
    is_of = (table.model_version == number) & (table.source == source)
    until = connection.scalar(select(func.max(table.day)).where(is_of))
    if until is None:
        return None
    sums = select(func.sum(table.covered), func.sum(table.orders))
    after = until - dt.timedelta(days=LIVE_DAYS)
    covered, orders = connection.execute(sums.where(is_of, table.day > after)).one()
    return LiveCoverage(float(covered / orders), int(orders), until, source) if orders >= FEWEST_SCORED else None
