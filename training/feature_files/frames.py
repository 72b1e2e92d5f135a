"""The features by what they are of, each value at the moment from which it holds.

An order's features are of the orders strictly before its date. So they hold from the beginning of that day on: that
is their event timestamp, and an order at any time of the day finds them. The latest state knows all orders before the
as-of date and holds from the beginning of that.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from quantity.features.definitions import ATTRIBUTES_OF, SCOPES, columns_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

EVENT_TIMESTAMP = "event_timestamp"
DATE = "checkout_date"
_MOMENT = pa.timestamp("us", tz="UTC")
_IDS = SCOPES["store_product"]


def schema_of(scope: str) -> pa.Schema:
    """The columns of the files of a scope: its key, the event timestamp, its features, its attributes."""
    keys = [(name, pa.int64() if name in _IDS else pa.string()) for name in SCOPES[scope]]
    features = [(column.name, pa.int64() if column.integer else pa.float64()) for column in columns_of(scope)]
    attributes = [(name, pa.string()) for name in ATTRIBUTES_OF.get(scope, ())]
    return pa.schema([*keys, (EVENT_TIMESTAMP, _MOMENT), *features, *attributes])


def stored_columns_of(scope: str) -> list[str]:
    """The columns of a scope's files that the database has under the same names."""
    return [name for name in schema_of(scope).names if name != EVENT_TIMESTAMP]


def beginning(day: dt.date, time_zone: str) -> dt.datetime:
    """The moment at which a day begins."""
    return dt.datetime.combine(day, dt.time(), ZoneInfo(time_zone)).astimezone(dt.UTC)


def latest_state(scope: str, rows: pd.DataFrame, as_of: dt.date, time_zone: str) -> pa.Table:
    """A piece of a scope's latest state."""
    return _table(scope, rows, pa.repeat(_moment(as_of, time_zone), len(rows)))


def history(scope: str, orders: pd.DataFrame, time_zone: str) -> Iterator[tuple[dt.date, pa.Table]]:
    """By day, what a scope's groups had at its beginning: each group that ordered that day, once.

    Args:
        scope: which.
        orders: rows of the table ``features``, all of each of their days.
        time_zone: in which a day begins.
    """
    keys = list(SCOPES[scope])
    rows = orders[[DATE, *stored_columns_of(scope)]]
    # Orders whose attribute is not known belong to no group.
    rows = rows.dropna(subset=keys).drop_duplicates([DATE, *keys]).sort_values(DATE, kind="stable")
    days, firsts, counts = np.unique(rows[DATE].to_numpy(), return_index=True, return_counts=True)
    dates: list[dt.date] = days.astype("datetime64[D]").tolist()
    moments = pa.array([_moment(day, time_zone).as_py() for day in dates], _MOMENT)
    table = _table(scope, rows, moments.take(pa.array(np.repeat(np.arange(len(days)), counts))))
    for day, first, count in zip(dates, firsts.tolist(), counts.tolist(), strict=True):
        yield day, table.slice(first, count)


def _moment(day: dt.date, time_zone: str) -> pa.Scalar:
    return pa.scalar(beginning(day, time_zone), _MOMENT)


def _table(scope: str, rows: pd.DataFrame, moments: pa.Array) -> pa.Table:
    schema = schema_of(scope)
    columns = [moments if field.name == EVENT_TIMESTAMP else _column(rows[field.name], field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _column(values: pd.Series, kind: pa.DataType) -> pa.Array:
    # NaN is how a frame has NULL, in columns of whole numbers too.
    return pa.Array.from_pandas(values, type=kind)
