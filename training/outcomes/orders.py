"""The orders that came: rows of the published features, with what the baselines answer to each."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, func, select

from quantity.db.read import read_table
from quantity.db.tables import replaced_tables
from quantity.model.baselines import BASELINES, baseline_predictions

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import pandas as pd
    from sqlalchemy import Engine

KEYS = ("store_id", "product_id", "checkout_date", "quantity")
BASELINE_COLUMNS = tuple(dict.fromkeys(chain.from_iterable(BASELINES.values())))


class Totals(NamedTuple):
    """How many orders a day has, and how many cases they are."""

    orders: int = 0
    cases: int = 0


def totals_by_day(engine: Engine, first: dt.date, end: dt.date) -> dict[dt.date, Totals]:
    """The totals of the days from the first one up to, but not including, the end; those that have orders."""
    features = replaced_tables()["features"]
    day = features.c.checkout_date
    totals = select(day, func.count(), func.sum(features.c.quantity)).where(and_(day >= first, day < end))
    with engine.connect() as connection:
        return {row[0]: Totals(row[1], int(row[2])) for row in connection.execute(totals.group_by(day))}


def read_orders(engine: Engine, days: Sequence[dt.date], names: Sequence[str] = ()) -> pd.DataFrame:
    """The orders of some days: `KEYS`, columns of these names, and a column for each of `BASELINES`, by its name.

    Raises:
        DatabaseReadError: the table cannot be read.
    """
    features = replaced_tables()["features"]
    read = dict.fromkeys((*KEYS, *names, *BASELINE_COLUMNS))
    orders = read_table(engine, features, tuple(read), features.c.checkout_date.in_(days))
    kept = orders[list(dict.fromkeys((*KEYS, *names)))]
    return kept.assign(**baseline_predictions(orders))
