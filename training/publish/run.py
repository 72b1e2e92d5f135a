"""A run that publishes a snapshot: what it has in hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.publish.building import Progress

if TYPE_CHECKING:
    import datetime as dt

    from rich.console import Console
    from sqlalchemy import Engine

    from training.phases import Phases
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
