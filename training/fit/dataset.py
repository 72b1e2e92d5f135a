"""The training data: the published features, read, ordered by time and cut into windows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sqlalchemy import func, select

from quantity.db.history import of_each_part
from quantity.db.read import read_chunks
from quantity.db.snapshots import ensure_features_as_declared, ensure_published, published
from quantity.db.tables import replaced_tables
from quantity.features.definitions import ATTRIBUTES, INPUTS, NUMERIC_INPUTS
from training.fit.columns import Columns
from training.fit.horizons import HORIZONS, read_frozen
from training.fit.sampling import plan_sampling, within
from training.fit.time_split import WINDOWS, Window, split_by_time

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Engine, Table

    from quantity.versions import Published
    from training.fit.columns import Values
    from training.fit.sampling import Sampling
    from training.fit.time_split import Split


KEYS = ("store_id", "product_id", "checkout_date", "quantity")
"""The columns of ``features`` that say which order it is, and of how many cases."""


_DIGESTED = (*KEYS, *INPUTS[1:])


class NoFeaturesError(RuntimeError):
    """Nothing has been published to train on."""


@dataclass(frozen=True)
class Past:
    """The orders that a model is fitted to, oldest first.

    Attributes:
        X: (n, `INPUTS`).
        y: (n,) cases ordered, float64.
        day: (n,) days since 1970-01-01.
        weight: (n,) how many orders each stands for; None: one.
    """

    X: pd.DataFrame
    y: np.ndarray
    day: np.ndarray
    weight: np.ndarray | None = None


@dataclass(frozen=True)
class Orders:
    """Orders in time order.

    Attributes:
        X: (n, `INPUTS`), numbers as float32, text as categories.
        y: (n,) cases ordered, float64.
        date: (n,) checkout dates, ascending.
        store_id: (n,) store ids.
    """

    X: pd.DataFrame
    y: np.ndarray
    date: np.ndarray
    store_id: np.ndarray


@dataclass(frozen=True)
class Dataset(Orders):
    """The published features in time order: all of them, or an even sample.

    Attributes:
        snapshot: the snapshot they are of.
        digest: changes when any of the values that the model reads does.
        split: the windows to calibrate and to test on.
        sampling: which of the published orders these are.
        newest: further orders of the newest days before each model's end: with the sample's all there are.
        also: (n, …) stored columns that the model does not read, as they were asked for.
        frozen: days → (m, `INPUTS`) of all tested orders with the history as it was so many days before.
    """

    snapshot: Published
    digest: str
    split: Split
    sampling: Sampling
    newest: Orders
    also: pd.DataFrame = field(default_factory=pd.DataFrame)
    frozen: Mapping[int, pd.DataFrame] = field(default_factory=dict)

    @property
    def day(self) -> np.ndarray:
        """(n,) days since 1970-01-01."""
        return self.date.astype(np.int64)

    def rows(self, window: Window) -> slice:
        """The positions of a window's orders."""
        return _positions(self.date, window)

    @property
    def tested(self) -> slice:
        """The positions of all tested orders."""
        return slice(self.rows(self.split.tests[0]).start if self.split.tests else len(self.y), len(self.y))

    def before(self, end: dt.date) -> Past:
        """The orders before the first day of a window, or all."""
        stop = int(np.searchsorted(self.date, np.datetime64(end)))
        if self.sampling.is_everything:
            return Past(self.X[:stop], self.y[:stop], self.day[:stop])
        whole = next((days for days in self.sampling.newest if days.end == end), Window(end, end))
        first, more = _positions(self.date, whole).start, _positions(self.newest.date, whole)
        date = np.concatenate([self.date[first:stop], self.newest.date[more]])
        order = np.argsort(date, kind="stable")
        newest = pd.concat([self.X[first:stop], self.newest.X[more]]).iloc[order]
        return Past(
            X=pd.concat([self.X[:first], newest], ignore_index=True),
            y=np.concatenate([self.y[:first], np.concatenate([self.y[first:stop], self.newest.y[more]])[order]]),
            day=np.concatenate([self.date[:first], date[order]]).astype(np.int64),
            weight=np.concatenate([1 / self.sampling.share_of(self.date[:first]), np.ones(len(order))]),
        )

    def lacks(self, names: Sequence[str]) -> list[str]:
        """Those of some columns that are neither inputs of the model nor asked for beside them."""
        return [name for name in names if name not in self.X and name not in self.also]

    def inputs(self, names: Sequence[str], rows: slice) -> pd.DataFrame:
        """Some columns of some orders, and those that every model reads."""
        beside = [name for name in names if name in self.also]
        return pd.concat([self.X[rows], self.also[beside][rows]], axis="columns") if beside else self.X[rows]

    @property
    def end(self) -> dt.date:
        """The first day after the orders."""
        end: dt.date = (self.sampling.days[-1] + 1).astype(object)
        return end

    @property
    def published_rows(self) -> int:
        """How many orders are published."""
        return int(self.sampling.orders.sum())


def read_dataset(
    engine: Engine,
    windows: int = WINDOWS,
    also: Sequence[str] = (),
    most_rows: int = 0,
    on_progress: Callable[[str, int, int], None] = lambda _what, _done, _of: None,
) -> Dataset:
    """Read the published features, or the newest and a sample, and cut them into windows.

    Args:
        engine: the database.
        windows: how many windows to test on.
        also: columns that are read too, if they are stored.
        most_rows: how many orders to read, about; 0: all of them.
        on_progress: called with what is done, and how much of how much is.

    Raises:
        NoFeaturesError: nothing is published.
        FeatureListError: the published features are not those that this version of the project declares.
        TooFewDaysError: there are no orders.
        SnapshotChangedError: a snapshot was published meanwhile.
    """
    snapshot = published(engine)
    if snapshot is None:
        raise NoFeaturesError("no features are published yet: run preprocess.py first")
    ensure_features_as_declared(engine, snapshot)
    table = replaced_tables()["features"]
    days, orders = _orders_by_day(engine, table)
    split = split_by_time(days, windows)
    sampling = plan_sampling(days, orders, split, most_rows)
    names = (*KEYS, *INPUTS[1:], *(name for name in also if name in table.columns))
    columns = Columns(_DIGESTED)
    for chunk in read_chunks(engine, table, names, sampling.condition(table)):
        columns.add(chunk)
        on_progress("read the features", len(columns), sampling.rows)
    on_progress("read the features", sampling.rows, sampling.rows)
    data = _dataset(snapshot, columns, split, sampling)
    frozen = read_frozen(engine, data, HORIZONS, on_progress) if len(data.y[data.tested]) else {}
    ensure_published(engine, snapshot, "run train.py again")
    return replace(data, frozen=frozen)


def cut_dataset(snapshot: Published, frame: pd.DataFrame, windows: int = WINDOWS, most_rows: int = 0) -> Dataset:
    """Order the rows of ``features``, or a sample of them, by time and cut them into windows."""
    date = frame["checkout_date"].to_numpy("datetime64[D]")
    days, orders = np.unique(date, return_counts=True)
    split = split_by_time(days, windows)
    sampling = plan_sampling(days, orders, split, most_rows)
    even = sampling.is_even(frame["store_id"].to_numpy(), frame["product_id"].to_numpy(), date)
    columns = Columns(_DIGESTED)
    columns.add(frame[even | within(date, sampling.newest)])
    return _dataset(snapshot, columns, split, sampling)


def _orders_by_day(engine: Engine, table: Table[Any]) -> tuple[np.ndarray, np.ndarray]:
    """(d,) days with orders, ascending, and (d,) how many."""
    query = select(table.c.checkout_date, func.count()).group_by(table.c.checkout_date)
    with engine.connect() as connection:
        # No day is of two parts.
        rows = sorted(tuple(row) for row in connection.execute(of_each_part(connection, query)))
    return np.array([day for day, _ in rows], "datetime64[D]"), np.array([count for _, count in rows], np.int64)


def _dataset(snapshot: Published, columns: Columns, split: Split, sampling: Sampling) -> Dataset:
    date, store, product = (np.asarray(columns.peek(name)) for name in ("checkout_date", "store_id", "product_id"))
    is_even = sampling.is_even(store, product, date)
    order = np.lexsort((product, store, date, ~is_even))
    digest, even = columns.digest, int(is_even.sum())
    taken = {name: columns.take(name, order) for name in columns.names}
    both = [_orders(taken, rows) for rows in (slice(even), slice(even, None))]
    also = {name: values[:even] for name, values in taken.items() if name not in _DIGESTED}
    return Dataset(
        **{name: getattr(both[0], name) for name in ("X", "y", "date", "store_id")},
        snapshot=snapshot,
        digest=digest,
        split=split,
        sampling=sampling,
        newest=both[1],
        also=pd.DataFrame(also, copy=False),
    )


def _orders(columns: Mapping[str, Values], rows: slice) -> Orders:
    return Orders(
        X=pd.DataFrame({name: columns[name][rows] for name in INPUTS}, copy=False),
        y=np.asarray(columns["quantity"][rows]),
        date=np.asarray(columns["checkout_date"][rows]),
        store_id=np.asarray(columns["store_id"][rows]),
    )


def _positions(date: np.ndarray, window: Window) -> slice:
    first, end = np.searchsorted(date, np.array([window.start, window.end], dtype="datetime64[D]"))
    return slice(int(first), int(end))


def model_inputs(frame: pd.DataFrame) -> pd.DataFrame:
    """The model's inputs, with the types of its signature: whole ids, numbers as float64, text."""
    types = {"product_id": "int64"} | dict.fromkeys(NUMERIC_INPUTS, "float64") | dict.fromkeys(ATTRIBUTES, "str")
    return frame[list(INPUTS)].astype(types)
