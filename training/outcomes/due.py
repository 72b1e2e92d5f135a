"""Which days are to be scored: those that were scored from something else, or never."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from quantity.db.monitoring_tables import scored_days
from training.outcomes.orders import Totals

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Engine, Row

    from training.outcomes.logged import VersionDay


class Basis(NamedTuple):
    """What a day of a version is scored from.

    Attributes:
        totals: of the day's orders; None where they are unknown.
        answers: how many the version has logged.
    """

    totals: Totals | None
    answers: int


class Due(NamedTuple):
    """What is to be scored.

    Attributes:
        days: by day, oldest first, the versions.
        pruned: how many days of versions stay as they were scored, because some of their answers are no longer logged.
    """

    days: dict[dt.date, list[str]]
    pruned: int = 0


def scored_bases(engine: Engine, source: str) -> dict[VersionDay, Basis]:
    """What each day of each version was last scored from."""
    query = select(scored_days).where(scored_days.c.source == source)
    with engine.connect() as connection:
        rows = connection.execute(query)
        return {(row.day, row.model_version): Basis(_totals(row), row.answers) for row in rows}


def _totals(row: Row[Any]) -> Totals | None:
    # Without a checksum it was scored by a version of the project that knew none.
    return None if row.checksum is None else Totals(row.orders, row.cases, row.checksum)


def due_days(
    answers: Mapping[VersionDay, int], totals: Mapping[dt.date, Totals], scored: Mapping[VersionDay, Basis]
) -> Due:
    """The days whose orders or answers are others than when they were scored.

    Args:
        answers: how many there are now, of each day and version in question.
        totals: the orders that there are now.
        scored: what the days were scored from.
    """
    days: dict[dt.date, list[str]] = {}
    pruned = 0
    for day, version in sorted(answers):
        before = scored.get((day, version))
        now = Basis(totals.get(day, Totals()), answers[day, version])
        if before is not None and now.answers < before.answers:
            pruned += 1
        elif now != before:
            days.setdefault(day, []).append(version)
    return Due(days, pruned)


def chunks(days: Iterable[dt.date], sizes: Mapping[dt.date, int], limit: int) -> Iterator[Sequence[dt.date]]:
    """Days, some at a time: so many that their sizes add up to the limit at most, but at least one."""
    chunk: list[dt.date] = []
    total = 0
    for day in days:
        size = sizes.get(day, 0)
        if chunk and total + size > limit:
            yield chunk
            chunk, total = [], 0
        chunk.append(day)
        total += size
    if chunk:
        yield chunk
