"""Logged answers, and the rows that training has for what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sqlalchemy import and_, func, select

from quantity.db.monitoring_tables import predictions
from quantity.db.raw_tables import read_raw_tables
from quantity.db.read import read_table
from quantity.features.compute import compute_asked
from quantity.features.entities import derive_entities
from quantity.features.ids import positions
from quantity.features.orders import Orders, sum_order_lines
from training.drift.sampling import some_answers, some_pairs
from training.fit.dataset import model_inputs

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy import ColumnElement, Engine

    from quantity.features.entities import Entities
    from quantity.features.timeline import Ints
    from quantity.versions import Published

MOST_ANSWERS = 20_000
"""At most about so many logged answers are read."""

CASES = ("quantity", "typical", "low", "high")

_NAMES = (
    *("segment_id", "line", "store_id", "product_id", "checkout_date", "as_of_date"),
    *("snapshot_id", "model_version", *CASES),
)


def read_answers(
    engine: Engine, snapshot: Published, since: dt.date, until: dt.date | None = None, pairs: float = 1.0
) -> pd.DataFrame:
    """A sample of the logged answers for checkout dates from ``since`` on, the latest last.

    Those without a quantity are left out, and those that were given from a later snapshot than the published one, or
    than the date asked for: they know the order itself.

    Args:
        engine: the database.
        snapshot: the published snapshot.
        since: first checkout date.
        until: the day after the last; None: however late.
        pairs: of which share of all pairs.

    Raises:
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database failed.
    """
    c = predictions.c
    wanted = and_(
        c.checkout_date >= since,
        *([c.checkout_date < until] if until else []),
        c.as_of_date <= c.checkout_date,
        c.as_of_date <= snapshot.as_of_date,
        c.quantity.is_not(None),
        some_pairs(predictions, pairs),
    )
    share = min(MOST_ANSWERS / max(_count(engine, wanted), 1), 1.0)
    found = read_table(engine, predictions, _NAMES, and_(wanted, some_answers(predictions, share)))
    return found.sort_values(["segment_id", "line"], ignore_index=True)


def _count(engine: Engine, wanted: ColumnElement[bool]) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(predictions).where(wanted)) or 0


def last_of_each_day(answers: pd.DataFrame) -> pd.DataFrame:
    """The last answer for each store, product and checkout date."""
    return answers.drop_duplicates(["store_id", "product_id", "checkout_date"], keep="last")


@dataclass(frozen=True)
class Past:
    """All orders, with their stores and products, from which any snapshot's row of any pair can be computed."""

    orders: Orders
    entities: Entities

    @classmethod
    def read(cls, engine: Engine) -> Past:
        """Read it from the raw tables.

        Raises:
            NoRawTablesError: there are none.
            DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database failed.
        """
        raw = read_raw_tables(engine)
        return cls(sum_order_lines(raw.order_items), derive_entities(raw))

    def known(self, answers: pd.DataFrame) -> pd.DataFrame:
        """The answers whose store and product are still known."""
        _, store = positions(self.entities.stores["store_id"].to_numpy(), answers["store_id"].to_numpy())
        _, product = positions(self.entities.products["product_id"].to_numpy(), answers["product_id"].to_numpy())
        kept: pd.DataFrame = answers[store & product]
        return kept

    def rows(self, *asked: pd.DataFrame) -> list[pd.DataFrame]:
        """For each of several frames, the (n, `INPUTS`) that the snapshots of its as-of dates have of its pairs.

        Args:
            asked: (n,) ``store_id``, ``product_id``, ``checkout_date`` and ``as_of_date``, all `known`.
        """
        together = pd.concat(asked)
        orders, as_of = _orders_of(together)
        inputs = model_inputs(compute_asked(self.orders, self.entities, orders, as_of))
        ends = np.cumsum([len(frame) for frame in asked])
        return [inputs.iloc[end - len(frame) : end] for frame, end in zip(asked, ends, strict=True)]


def _orders_of(asked: pd.DataFrame) -> tuple[Orders, Ints]:
    """What was asked, as orders, and the (n,) as-of dates."""
    day, as_of = (asked[name].to_numpy("datetime64[D]").astype(np.int64) for name in ("checkout_date", "as_of_date"))
    store, product = (asked[name].to_numpy(np.int64) for name in ("store_id", "product_id"))
    return Orders(store, product, day, np.ones_like(day), np.full(len(day), np.nan)), as_of
