"""A run that publishes a snapshot: what it has in hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.publish.building import Progress
from training.publish.freshness import of_day
from training.publish.publishing import Origin
from training.publish.raw_origin import are_lines_unpublished, read_raw_origin

if TYPE_CHECKING:
    import datetime as dt

    from rich.console import Console
    from sqlalchemy import Engine

    from training.phases import Phases
    from training.publish.as_of import Lines
    from training.publish.database_lock import StillHeld

ROWS_WORTH_A_BAR = 10_000


@dataclass(frozen=True)
class Run:
    """A run that publishes; it holds the publisher lock.

    Attributes:
        engine: the database.
        still_held: of the lock.
        phases: how to report.
        console: where to.
        run_id: its name in logs and tables.
        as_of: the first day that the snapshot does not know; None: the day after the last complete day.
        today: the current day, which is not complete.
    """

    engine: Engine
    still_held: StillHeld
    phases: Phases
    console: Console
    run_id: str
    as_of: dt.date | None
    today: dt.date

    @property
    def progress(self) -> Progress:
        """How to report on tables that are written."""
        return Progress(
            lambda name, rows: self.phases.start(f"write {name}", rows, at_least=ROWS_WORTH_A_BAR),
            lambda name, rows: self.phases.advance(rows, f"write {name}"),
        )

    def origin(self, lines: Lines, *, changed: bool) -> Origin:
        """Where raw tables come from that stay as they are, and were not read here.

        Args:
            lines: which order lines the snapshot is made of.
            changed: whether their days are others than those of the published snapshot.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
        """
        of_raw = read_raw_origin(self.engine)
        source = of_raw.source_digest
        if changed and not are_lines_unpublished(self.engine, of_raw):
            # Somebody else has changed the tables.
            source = None
        if source and lines.later and self.as_of is None:
            source = of_day(source, self.today)
        return Origin(source, of_raw=of_raw)
