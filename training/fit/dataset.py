"""The training data: the published features, read, ordered by time and cut into windows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quantity.db.read import read_table
from quantity.db.snapshots import ensure_features_as_declared, ensure_published, published
from quantity.db.tables import replaced_tables
from quantity.features.definitions import ATTRIBUTES, INPUTS, NUMERIC_INPUTS
from training.fit.horizons import HORIZONS, read_frozen
from training.fit.time_split import WINDOWS, split_by_time

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Engine

    from quantity.versions import Published
    from training.fit.time_split import Split, Window


KEYS = ("store_id", "product_id", "checkout_date", "quantity")
"""The columns of ``features`` that say which order it is, and of how many cases."""


class NoFeaturesError(RuntimeError):
    """Nothing has been published to train on."""


@dataclass(frozen=True)
class Dataset:
    """The published features in time order.

    Attributes:
        snapshot: the snapshot they are of.
        digest: changes when any of the values that the model reads does.
        X: (n, `INPUTS`).
        y: (n,) cases ordered, float64.
        date: (n,) checkout dates, ascending.
        store_id: (n,) store ids.
        split: the windows to calibrate and to test on.
        also: (n, …) stored columns that the model does not read, as they were asked for.
        frozen: days → (m, `INPUTS`) of all tested orders with the history as it was so many days before.
    """

    snapshot: Published
    digest: str
    X: pd.DataFrame
    y: np.ndarray
    date: np.ndarray
    store_id: np.ndarray
    split: Split
    also: pd.DataFrame = field(default_factory=pd.DataFrame)
    frozen: Mapping[int, pd.DataFrame] = field(default_factory=dict)

    @property
    def day(self) -> np.ndarray:
        """(n,) days since 1970-01-01."""
        return self.date.astype(np.int64)

    def rows(self, window: Window) -> slice:
        """The positions of a window's orders."""
        first, end = np.searchsorted(self.date, np.array([window.start, window.end], dtype="datetime64[D]"))
        return slice(int(first), int(end))

    @property
    def tested(self) -> slice:
        """The positions of all tested orders."""
        return slice(self.rows(self.split.tests[0]).start if self.split.tests else len(self.y), len(self.y))

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
        end: dt.date = (self.date[-1] + 1).astype(object)
        return end


def read_dataset(engine: Engine, windows: int = WINDOWS, also: Sequence[str] = ()) -> Dataset:
    """Read the published features and cut them into windows.

    Args:
        engine: the database.
        windows: how many windows to test on.
        also: columns that are read too, if they are stored.

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
    names = (*KEYS, *INPUTS[1:], *(name for name in also if name in table.columns))
    data = cut_dataset(snapshot, read_table(engine, table, names), windows)
    tested = {
        "store_id": data.store_id[data.tested],
        "product_id": data.X["product_id"].to_numpy()[data.tested],
        "day": data.day[data.tested],
    }
    frozen = read_frozen(engine, tested, HORIZONS) if len(tested["day"]) else {}
    ensure_published(engine, snapshot, "run train.py again")
    return replace(data, frozen={days: model_inputs(frame) for days, frame in frozen.items()})


def cut_dataset(snapshot: Published, frame: pd.DataFrame, windows: int = WINDOWS) -> Dataset:
    """Order the rows of ``features`` by time and cut them into windows."""
    frame = frame.sort_values(["checkout_date", "store_id", "product_id"], kind="stable", ignore_index=True)
    date = frame["checkout_date"].to_numpy("datetime64[D]")
    also = frame.columns.difference([*KEYS, *INPUTS], sort=False)
    return Dataset(
        snapshot=snapshot,
        digest=_digest(frame.drop(columns=also)),
        X=model_inputs(frame),
        y=frame["quantity"].to_numpy(np.float64),
        date=date,
        store_id=frame["store_id"].to_numpy(np.int64),
        split=split_by_time(date, windows),
        also=frame[also],
    )


def model_inputs(frame: pd.DataFrame) -> pd.DataFrame:
    """The model's inputs, with the types of its signature: whole ids, numbers as float64, text."""
    types = {"product_id": "int64"} | dict.fromkeys(NUMERIC_INPUTS, "float64") | dict.fromkeys(ATTRIBUTES, "str")
    return frame[list(INPUTS)].astype(types)


def _digest(frame: pd.DataFrame) -> str:
    rows = pd.util.hash_pandas_object(frame, index=False)
    return hashlib.sha256(rows.to_numpy().tobytes()).hexdigest()[:16]
