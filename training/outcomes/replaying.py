"""Replays orders: versions answer the orders of days that they were not fitted to, and are scored."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quantity.db.monitoring_tables import REPLAYED
from quantity.db.snapshots import ensure_published, first_few
from quantity.db.tables import replaced_tables
from quantity.model.baselines import BASELINES
from training.fit.failures import described
from training.outcomes.due import chunks, due_days, scored_bases
from training.outcomes.market import category_labels, history_labels
from training.outcomes.orders import read_orders, totals_by_day, totals_of
from training.outcomes.sums import Answered, kind_and_store_sums
from training.outcomes.version_sums import VersionSums
from training.outcomes.versions import UnreplayableError, loaded, replayable, versions_to_replay
from training.outcomes.writing import ScoredDays, write_days

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Engine

    from quantity.model.estimator import QuantityModel
    from quantity.settings import Settings
    from quantity.versions import Published
    from training.outcomes.logged import VersionDay
    from training.outcomes.versions import Replayable
    from training.phases import Phases

CHUNK_ORDERS = 50_000
"""Orders in memory at a time, unless one day has more."""

KIND_COLUMNS = ("cnt_store_product", "category")
"""The columns of ``features`` that tell the kind of an answer."""


@dataclass
class Replay:
    """What a run did.

    Attributes:
        versions: the numbers of the champion and its challengers.
        troubles: by the number of a version, why it was not replayed, or not to its end.
        days: the days that were replayed, oldest first.
        sums: of these days, by version.
    """

    versions: Sequence[str]
    troubles: dict[str, str] = field(default_factory=dict)
    days: list[dt.date] = field(default_factory=list)
    sums: VersionSums = field(default_factory=VersionSums)


def replay(settings: Settings, engine: Engine, snapshot: Published, days: int, phases: Phases) -> Replay:
    """Let the champion and its challengers answer the orders of the last days that are new.

    Callers hold the scoring lock.

    Raises:
        SnapshotChangedError: another snapshot was published meanwhile; the days that were scored stay.
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database failed; likewise.
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    run = Replay(versions_to_replay(settings))
    first = snapshot.as_of_date - dt.timedelta(days=days)
    totals = totals_by_day(engine, first, snapshot.as_of_date)
    scored = scored_bases(engine, REPLAYED)
    known = {day for day, _ in scored if first <= day < snapshot.as_of_date} | totals.keys()
    due = due_days(_answerable(_replayable(settings, run), known), totals, scored).days
    models = _loaded(settings, run, {number for numbers in due.values() for number in numbers}, phases)
    phases.start("replay the orders", len(due), at_least=1)
    for chunk in chunks(due, {day: totals[day].orders for day in totals}, CHUNK_ORDERS):
        orders = read_orders(engine, chunk, _columns(models.values()))
        ensure_published(engine, snapshot, "run it again")
        outcomes = _replayed(models, orders, {day: due[day] for day in chunk}, run)
        write_days(engine, REPLAYED, outcomes)
        run.days += sorted({day.date() for day in outcomes.bases["day"]})
        run.sums.add(outcomes.by_kind)
        phases.advance(len(chunk))
    return run


def _replayable(settings: Settings, run: Replay) -> list[Replayable]:
    found = []
    for number in run.versions:
        try:
            found.append(replayable(settings, number))
        except UnreplayableError as error:
            run.troubles[number] = str(error)
    return found


def _answerable(versions: Iterable[Replayable], days: Iterable[dt.date]) -> dict[VersionDay, int]:
    """The days that each version was not fitted to; none of their answers is logged."""
    return {(day, number): 0 for number, until in versions for day in days if day >= until}


def _loaded(settings: Settings, run: Replay, numbers: Iterable[str], phases: Phases) -> dict[str, QuantityModel]:
    models: dict[str, QuantityModel] = {}
    numbers = [number for number in run.versions if number in set(numbers)]
    phases.start("download the models", len(numbers), at_least=1)
    for number in numbers:
        try:
            model = loaded(settings, number)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a version, the others are replayed
            run.troubles[number] = f"it cannot be loaded: {described(error)}"
        else:
            _take(models, run, number, model)
        phases.advance()
    return models


def _take(models: dict[str, QuantityModel], run: Replay, number: str, model: QuantityModel) -> None:
    stored = set(replaced_tables()["features"].columns.keys())
    lacking = [name for name in model.row.inputs if name not in stored]
    if lacking:
        run.troubles[number] = f"it reads columns that the features do not have: {first_few(lacking)}"
    else:
        models[number] = model


def _columns(models: Iterable[QuantityModel]) -> tuple[str, ...]:
    read = (name for model in models for name in model.row.inputs)
    return tuple(dict.fromkeys([*read, *KIND_COLUMNS]))


def _replayed(
    models: Mapping[str, QuantityModel], orders: pd.DataFrame, due: Mapping[dt.date, Sequence[str]], run: Replay
) -> ScoredDays:
    """What comes of the versions that are due on some days, of the orders of these days."""
    parts = []
    for number, model in models.items():
        days = [day for day, numbers in due.items() if number in numbers]
        if number in run.troubles or not days:
            continue
        rows = orders[orders["checkout_date"].isin(pd.to_datetime(days))] if len(days) < len(due) else orders
        try:
            by_kind, by_store = outcomes_of(number, model, rows)
        except Exception as error:  # noqa: BLE001 - as above
            run.troubles[number] = f"it cannot answer: {described(error)}"
        else:
            parts.append((_bases(number, rows, days), by_kind, by_store))
    if not parts:
        none = pd.DataFrame({"day": pd.to_datetime([]), "model_version": []})
        return ScoredDays(none, none, none)
    return ScoredDays(*(pd.concat(frames, ignore_index=True) for frames in zip(*parts, strict=True)))


def outcomes_of(number: str, model: QuantityModel, orders: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The sums of a version's answers to orders, by kind and by store.

    Args:
        number: the version's.
        model: the version.
        orders: as `training.outcomes.orders.read_orders` gives them, with what the model reads and `KIND_COLUMNS`.
    """
    earlier = orders["cnt_store_product"].to_numpy()
    keys = orders[["store_id"]].assign(
        day=orders["checkout_date"],
        model_version=number,
        shown=True,
        status=np.where(earlier > 0, "ok", "cold_start"),
        history=history_labels(earlier),
        category=category_labels(orders["category"]),
    )
    answers = model.answer(orders)
    answered = Answered(
        quantity=answers.quantity,
        typical=answers.typical,
        low=answers.low,
        high=answers.high,
        ordered=orders["quantity"].to_numpy(np.float64),
        baselines={name: orders[name].to_numpy() for name in BASELINES},
    )
    return kind_and_store_sums(keys, answered)


def _bases(number: str, orders: pd.DataFrame, days: Sequence[dt.date]) -> pd.DataFrame:
    bases = totals_of(orders).reindex(pd.to_datetime(list(days)), fill_value=0).rename_axis("day").reset_index()
    return bases.assign(model_version=number, answers=0)
