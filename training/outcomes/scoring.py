"""Scores the logged answers: each day beside the orders that came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from quantity.db.monitoring_tables import ASKED
from quantity.db.snapshots import ensure_published
from quantity.model.baselines import BASELINES
from training.outcomes.due import chunks, due_days, scored_bases
from training.outcomes.logged import LeftOut, answers_by_day, last_answers, read_answers
from training.outcomes.market import read_market
from training.outcomes.orders import Totals, read_orders, totals_by_day, totals_of
from training.outcomes.sums import Answered, kind_and_store_sums
from training.outcomes.version_sums import VersionSums
from training.outcomes.writing import ScoredDays, write_days

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import pandas as pd
    from sqlalchemy import Engine

    from quantity.versions import Published
    from training.outcomes.market import Market
    from training.phases import Phases

CHUNK_ANSWERS = 500_000
"""Logged answers in memory at a time, unless one day has more."""

PAIR = ["store_id", "product_id", "checkout_date"]


@dataclass
class Scored:
    """What a run did.

    Attributes:
        logged: how many days have logged answers and could be scored.
        pruned: how many days of versions stay as they were, because their answers are no longer logged in full.
        days: the days that were scored, oldest first.
        sums: of these days, by version.
        left_out: the answers of these days that do not count.
    """

    logged: int
    pruned: int
    days: list[dt.date] = field(default_factory=list)
    sums: VersionSums = field(default_factory=VersionSums)
    left_out: LeftOut = field(default_factory=LeftOut)

    def add(self, days: Sequence[dt.date], by_kind: pd.DataFrame, left_out: LeftOut) -> None:
        """Add some days, with their outcomes by kind and what was left out."""
        self.days += days
        self.sums.add(by_kind)
        self.left_out = self.left_out.plus(left_out)


def score_log(engine: Engine, snapshot: Published, phases: Phases) -> Scored:
    """Score the days before the snapshot's as-of date whose answers or orders are new.

    Callers hold the scoring lock.

    Raises:
        SnapshotChangedError: another snapshot was published meanwhile; the days that were scored stay.
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database failed; likewise.
    """
    answers = answers_by_day(engine, snapshot.as_of_date)
    logged = sorted({day for day, _ in answers})
    totals = totals_by_day(engine, logged[0], snapshot.as_of_date) if logged else {}
    due, pruned = due_days(answers, totals, scored_bases(engine, ASKED))
    scored = Scored(len(logged), pruned)
    if not due:
        return scored
    phases.start("score the answers", len(due))
    market = read_market(engine, min(due))
    sizes = {day: sum(answers[day, version] for version in versions) for day, versions in due.items()}
    for days in chunks(due, sizes, CHUNK_ANSWERS):
        asked, orders = read_answers(engine, {day: due[day] for day in days}), read_orders(engine, days)
        ensure_published(engine, snapshot, "run it again")
        last, left_out = last_answers(asked)
        outcomes = ScoredDays(bases_of(asked, orders), *outcomes_of(last, orders, market))
        write_days(engine, ASKED, outcomes)
        scored.add(days, outcomes.by_kind, left_out)
        phases.advance(len(days))
    return scored


def outcomes_of(answers: pd.DataFrame, orders: pd.DataFrame, market: Market) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The sums of answers by kind and by store.

    Args:
        answers: (n, `training.outcomes.logged.READ`), at most one of a kind.
        orders: of the same days, as `training.outcomes.orders.read_orders` gives them.
        market: that the days are of.
    """
    matched = answers.merge(orders.rename(columns={"quantity": "ordered"}), on=PAIR, how="left")
    store_id, product_id, day = (matched[name].to_numpy() for name in PAIR)
    keys = matched[["model_version", "shown", "status", "store_id"]].assign(
        day=matched["checkout_date"],
        history=market.history(store_id, product_id, day.astype("datetime64[D]").astype("int64")),
        category=market.category(product_id),
    )
    numbers = {name: matched[name].to_numpy("float64") for name in ("quantity", "typical", "low", "high", "ordered")}
    baselines = {name: matched[name].to_numpy("float64") for name in BASELINES}
    return kind_and_store_sums(keys, Answered(**numbers, baselines=baselines))


def bases_of(logged: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """What the days of the versions are scored from: a row for each that has logged answers."""
    answers = logged.groupby(["checkout_date", "model_version"]).size()
    bases = (
        answers.rename("answers").reset_index().merge(totals_of(orders).reset_index(), on="checkout_date", how="left")
    )
    return bases.fillna(Totals()._asdict()).rename(columns={"checkout_date": "day"})
