"""The prediction log: how many answers each day has, and the answers that count."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import and_, func, or_, select

from quantity.db.monitoring_tables import predictions
from quantity.db.read import read_table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Engine

KNOWN = ("store_id", "product_id", "quantity", "typical", "low", "high")
"""Columns that are NULL where the store or the product is unknown."""

READ = (*KNOWN, "checkout_date", "as_of_date", "model_version", "status", "shown", "predicted_at", "segment_id", "line")

VersionDay = tuple["dt.date", str]
"""A checkout date and the number of a model version."""


class LeftOut(NamedTuple):
    """How many logged answers are not scored.

    Attributes:
        unknown: the store or the product was unknown: nothing was answered.
        hindsight: the answer's snapshot knew the order already.
        replaced: the same was asked again later.
    """

    unknown: int = 0
    hindsight: int = 0
    replaced: int = 0

    def plus(self, other: LeftOut) -> LeftOut:
        """Both together."""
        return LeftOut(*(a + b for a, b in zip(self, other, strict=True)))


def answers_by_day(engine: Engine, before: dt.date) -> dict[VersionDay, int]:
    """How many answers are logged for each checkout date before a day and each version, oldest first."""
    day, version = predictions.c.checkout_date, predictions.c.model_version
    query = select(day, version, func.count()).where(day < before).group_by(day, version).order_by(day, version)
    with engine.connect() as connection:
        return {(row[0], row[1]): row[2] for row in connection.execute(query)}


def read_answers(engine: Engine, versions: Mapping[dt.date, Sequence[str]]) -> pd.DataFrame:
    """The answers that some versions gave for some checkout dates, with the columns `READ`.

    Raises:
        DatabaseReadError: the table cannot be read.
    """
    day, version = predictions.c.checkout_date, predictions.c.model_version
    wanted = (and_(day == of_day, version.in_(numbers)) for of_day, numbers in versions.items())
    return read_table(engine, predictions, READ, or_(*wanted))


def last_answers(logged: pd.DataFrame) -> tuple[pd.DataFrame, LeftOut]:
    """The answers that count: those to known pairs, given without knowing the order, each the last of its kind.

    A store, a product, a checkout date, a version and `shown` make a kind.

    Args:
        logged: (n, `READ`).

    Returns:
        (m, `READ`) with whole numbers in `KNOWN`, and how many were left out.
    """
    known = logged[logged[list(KNOWN)].notna().all(axis="columns").to_numpy()]
    foresight = known[(known["as_of_date"] <= known["checkout_date"]).to_numpy()]
    last = foresight.iloc[_last_of_each(foresight)].astype(dict.fromkeys(KNOWN, "int64"))
    left_out = LeftOut(len(logged) - len(known), len(known) - len(foresight), len(foresight) - len(last))
    return last.reset_index(drop=True), left_out


def _last_of_each(answers: pd.DataFrame) -> np.ndarray:
    """(m,) positions of the last answer of each kind."""
    kind = np.zeros(len(answers), dtype=np.int64)
    for name in ("store_id", "product_id", "checkout_date", "model_version", "shown"):
        codes, values = pd.factorize(answers[name])
        kind = kind * max(len(values), 1) + codes
    at = answers["predicted_at"].to_numpy("datetime64[us]").astype(np.int64)
    order = np.lexsort((answers["line"].to_numpy(), answers["segment_id"].to_numpy(), at, kind))
    ordered = kind[order]
    is_last = np.append(ordered[1:] != ordered[:-1], np.ones(min(len(ordered), 1), dtype=bool))
    last: np.ndarray = order[is_last]
    return last
