"""Looks for drift and skew: what a run reads, and what it finds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from quantity.db.snapshots import ensure_published
from training.drift.answers import Past, last_of_each_day, read_answers
from training.drift.comparison import compare
from training.drift.late_orders import changed_lines
from training.drift.latest_rows import read_latest_rows
from training.drift.models import load_versions
from training.drift.reference import ASKED, LATEST, MOST_ROWS, RECENT_DAYS, NoReferenceError, read_reference
from training.drift.skew import compare_answers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    from sqlalchemy import Engine

    from quantity.registry import AliasedVersion
    from quantity.settings import Settings
    from quantity.versions import Published
    from training.drift.comparison import Compared
    from training.drift.reference import Population
    from training.drift.skew import Skew
    from training.phases import Phases

STEPS = 4
"""How many steps `look` reports."""


@dataclass(frozen=True)
class Findings:
    """What was found.

    Attributes:
        populations: by name, beside the champion's reference.
        no_reference: why there is none; empty where there is one.
        skew: the logged answers that were computed again; None where there were none.
        troubles: by version, why its answers were not computed again.
        changed: by snapshot that a differing answer was given from, how many of its order lines came, or went, since.
    """

    populations: Mapping[str, Compared]
    no_reference: str
    skew: Skew | None = None
    troubles: Mapping[str, str] = field(default_factory=dict)
    changed: Mapping[int, int] = field(default_factory=dict)


def look(settings: Settings, engine: Engine, snapshot: Published, champion: AliasedVersion, phases: Phases) -> Findings:
    """Compare the published snapshot and the log with the champion's reference, and compute logged answers again.

    Raises:
        NoRawTablesError: answers are logged, and there are no orders to compute them from.
        SnapshotChangedError: another snapshot was published meanwhile.
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database failed.
        mlflow.exceptions.MlflowException, OSError: the registry or its artifacts cannot be read.
    """
    reference, no_reference = _reference(settings, champion)
    populations = {}
    if LATEST in reference:
        populations[LATEST] = compare(reference[LATEST], read_latest_rows(engine, snapshot, MOST_ROWS))
    phases.advance()
    log = _read_log(settings, engine, snapshot)
    models = load_versions(settings, log.versions)
    phases.advance()
    rows = log.of_versions(models.loaded).rows(engine)
    ensure_published(engine, snapshot, "compare again")
    phases.advance()
    if ASKED in reference:
        populations[ASKED] = compare(reference[ASKED], rows.asked)
    skew = compare_answers(rows.answers, rows.as_given, rows.of_day, models.loaded) if len(rows.answers) else None
    changed = changed_lines(engine, skew.snapshots_of_differing) if skew else {}
    phases.advance()
    return Findings(populations, no_reference, skew, models.troubles, changed)


def _reference(settings: Settings, champion: AliasedVersion) -> tuple[Mapping[str, Population], str]:
    try:
        return read_reference(settings, champion.run_id), ""
    except NoReferenceError as error:
        return {}, str(error)


@dataclass(frozen=True)
class _Log:
    """Samples of the log.

    Attributes:
        asked: the last answer for each pair and checkout date, also those to come.
        given: answers for days whose orders are known.
    """

    asked: pd.DataFrame
    given: pd.DataFrame

    @property
    def versions(self) -> list[str]:
        """The versions that answered."""
        return sorted(set(self.given["model_version"]))

    def of_versions(self, numbers: Iterable[str]) -> _Log:
        """Without the answers of other versions."""
        return replace(self, given=self.given[self.given["model_version"].isin(list(numbers))])

    def rows(self, engine: Engine) -> _Rows:
        """The rows that training has for them. Answers are left out whose store or product is known no longer."""
        if not len(self.asked) + len(self.given):
            return _Rows(self.given, self.asked, self.given, self.given)
        past = Past.read(engine)
        asked, given = past.known(self.asked), past.known(self.given)
        return _Rows(given, *past.rows(asked, given, given.assign(as_of_date=given["checkout_date"])))


class _Rows(NamedTuple):
    """Answers for days whose orders are known, and (., `INPUTS`): of all that was asked, and of these answers."""

    answers: pd.DataFrame
    asked: pd.DataFrame
    as_given: pd.DataFrame
    of_day: pd.DataFrame


def _read_log(settings: Settings, engine: Engine, snapshot: Published) -> _Log:
    since = snapshot.as_of_date - dt.timedelta(days=RECENT_DAYS)
    asked = last_of_each_day(read_answers(engine, snapshot, since))
    return _Log(asked, read_answers(engine, snapshot, since, snapshot.as_of_date, settings.skew_share))
