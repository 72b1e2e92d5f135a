"""Which days of the history have to be computed again: from the first one on whose rows can differ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from quantity.db.history import parts_of
from quantity.db.raw_tables import NoRawTablesError
from quantity.db.snapshots import published
from quantity.db.tables import replaced_tables
from quantity.features.feature_list import features_digest
from training.history.order_days import changed_days, order_days, published_order_days
from training.publish.as_of import lines_before

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import pandas as pd
    from sqlalchemy import Engine

    from quantity.db.history import Part
    from training.publish.as_of import Lines

LARGEST_SHARE = 1 / 3
"""Of more of the order lines, a full run costs no more than computing them again."""

FOLDED = 2
"""A part that has no more than so many times the lines of what comes after it is computed again with it: of n nights a
history has but log n parts."""


class FullRunError(RuntimeError):
    """The snapshot cannot be built on the published one, or not for less than all of it costs; the message says why."""


@dataclass(frozen=True)
class Plan:
    """What to compute, and what to keep.

    Attributes:
        lines: which order lines the snapshot is made of.
        days: the sums of its days' lines.
        changed: the days whose lines have changed since the published snapshot.
        parts: the parts of the published history.
    """

    lines: Lines
    days: pd.DataFrame
    changed: Sequence[dt.date]
    parts: Sequence[Part]

    def kept_before(self, first_day: dt.date) -> list[Part]:
        """The parts of which the rows before a day stay; how many these are is not known where the day cuts one."""
        return [
            replace(part, end_day=min(part.end_day, first_day)) for part in self.parts if part.first_day < first_day
        ]

    def first_day(self, changed: dt.date) -> dt.date:
        """From which day on to compute, if the rows from a day on can have changed.

        Raises:
            FullRunError: that is too much.
        """
        first, kept = changed, self.kept_before(changed)
        while kept and self._lines(kept[-1].first_day, first) <= FOLDED * self._lines(first):
            first = kept[-1].first_day
            kept = self.kept_before(first)
        new = self._lines(first)
        if not kept or new > LARGEST_SHARE * self.lines.before:
            new = self._lines(changed)
            raise FullRunError(
                f"{new:,} of {self.lines.before:,} order lines are of {changed} or later, where rows can have changed"
            )
        return first

    def _lines(self, first: dt.date, end: dt.date | None = None) -> int:
        day = self.days["checkout_date"].dt.date
        of_days = (day >= first) if end is None else (day >= first) & (day < end)
        return int(self.days.loc[of_days, "order_lines"].sum())


def parts_to_build_on(engine: Engine) -> list[Part]:
    """The parts of the published history.

    Raises:
        FullRunError: there is no snapshot to build on.
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    snapshot = published(engine)
    if snapshot is None:
        raise FullRunError("nothing is published yet")
    if snapshot.features_digest != features_digest():
        raise FullRunError(f"snapshot {snapshot.snapshot_id} has other features")
    with engine.connect() as connection:
        parts = parts_of(connection)
    if not parts:
        raise FullRunError(f"snapshot {snapshot.snapshot_id} keeps nothing to build on")
    return parts


def plan_on_published(engine: Engine, parts: Sequence[Part], as_of: dt.date | None, today: dt.date) -> Plan:
    """Compare the raw tables with what the published snapshot was computed from.

    Args:
        engine: the database.
        parts: of the published history.
        as_of: the first day that the snapshot does not know; None: the day after the last complete day.
        today: the current day, which is not complete.

    Raises:
        NoRawTablesError: there are no order lines.
        NoOrdersBeforeError: none is before the as-of date.
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    days = order_days(engine, replaced_tables()["fact_order_items"])
    if days.empty:
        raise NoRawTablesError("fact_order_items has no rows: load the CSV files first (--source csv)")
    lines = lines_before(days["checkout_date"].to_numpy("datetime64[D]"), days["order_lines"].to_numpy(), as_of, today)
    known = days[days["checkout_date"].dt.date < lines.as_of].reset_index(drop=True)
    changed = changed_days(published_order_days(engine), known)
    return Plan(lines, known, [day.date() for day in changed], parts)
