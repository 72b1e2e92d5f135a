"""The orders that came: rows of the published features, with what the baselines answer to each."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, func, select

from quantity.db.history import of_each_part
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


_STORE_FACTOR, _MODULUS = 31, 65_521
"""Of the checksum: a prime small enough for sums of the largest quantities to fit 64 bits."""


class Totals(NamedTuple):
    """What tells whether the orders of a day are as they were.

    Attributes:
        orders: how many.
        cases: how many of all.
        checksum: which pairs ordered how many.
    """

    orders: int = 0
    cases: int = 0
    checksum: int = 0


def totals_by_day(engine: Engine, first: dt.date, end: dt.date) -> dict[dt.date, Totals]:
    """The totals of the days from the first one up to, but not including, the end; those that have orders."""
    features = replaced_tables()["features"].c
    day, cases = features.checkout_date, features.quantity
    checksum = func.sum(cases * _place(features.store_id, features.product_id))
    query = select(day, func.count(), func.sum(cases), checksum).where(and_(day >= first, day < end)).group_by(day)
    with engine.connect() as connection:
        # No day is of two parts.
        totals = of_each_part(connection, query)
        return {row[0]: Totals(*map(int, row[1:])) for row in connection.execute(totals)}


def totals_of(orders: pd.DataFrame) -> pd.DataFrame:
    """`Totals` of orders as `read_orders` gives them, by ``checkout_date``."""
    quantity = orders["quantity"].astype("int64")
    weighted = quantity * _place(orders["store_id"].astype("int64"), orders["product_id"].astype("int64"))
    summed = orders[["checkout_date"]].assign(orders=1, cases=quantity, checksum=weighted)
    return summed.groupby("checkout_date")[list(Totals._fields)].sum()


def _place(store_id: Any, product_id: Any) -> Any:
    """A pair's weight in the checksum, of columns of a table or of a frame."""
    return (store_id * _STORE_FACTOR + product_id) % _MODULUS


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
