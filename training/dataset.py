"""The training data: the published features, read, ordered by time and split."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quantity.db.read import read_table
from quantity.db.snapshots import SnapshotChangedError, published
from quantity.db.tables import replaced_tables
from quantity.features.definitions import ATTRIBUTES, INPUTS, NUMERIC_FEATURES
from training.time_split import TimeSplit, split_by_time

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from quantity.versions import Published


class NoFeaturesError(RuntimeError):
    """Nothing has been published to train on."""


@dataclass(frozen=True)
class Part:
    """Orders of one window.

    Attributes:
        X: (n, `INPUTS`).
        y: (n,) cases ordered, float64.
        date: (n,) checkout dates, ascending.
    """

    X: pd.DataFrame
    y: np.ndarray
    date: np.ndarray


@dataclass(frozen=True)
class Dataset:
    """The published features, split by time.

    Attributes:
        snapshot: the snapshot they are of.
        digest: changes when any of the values does.
        split: where the windows begin.
        train, calibration, test: the three windows.
    """

    snapshot: Published
    digest: str
    split: TimeSplit
    train: Part
    calibration: Part
    test: Part


def read_dataset(engine: Engine) -> Dataset:
    """Read and split the published features.

    Raises:
        NoFeaturesError: nothing is published.
        TooFewDaysError: the orders cover too few days.
        SnapshotChangedError: a snapshot was published meanwhile.
    """
    snapshot = published(engine)
    if snapshot is None:
        raise NoFeaturesError("no features are published yet: run preprocess.py first")
    frame = read_table(engine, replaced_tables()["features"])
    after = published(engine)
    if after is None or after.publication != snapshot.publication:
        raise SnapshotChangedError("a snapshot was published while the features were read: run train.py again")
    return split_dataset(snapshot, frame)


def split_dataset(snapshot: Published, frame: pd.DataFrame) -> Dataset:
    """Order the rows of ``features`` by time and split them."""
    frame = frame.sort_values(["checkout_date", "store_id", "product_id"], kind="stable", ignore_index=True)
    X = model_inputs(frame)
    y, date = frame["quantity"].to_numpy(np.float64), frame["checkout_date"].to_numpy("datetime64[D]")
    split = split_by_time(date)
    parts = [Part(X[mask], y[mask], date[mask]) for mask in split.masks(date)]
    return Dataset(snapshot, _digest(frame), split, *parts)


def model_inputs(frame: pd.DataFrame) -> pd.DataFrame:
    """The model's inputs, with the types of its signature: whole ids, numbers as float64, text."""
    types = {"product_id": "int64"} | dict.fromkeys(NUMERIC_FEATURES, "float64") | dict.fromkeys(ATTRIBUTES, "str")
    return frame[list(INPUTS)].astype(types)


def _digest(frame: pd.DataFrame) -> str:
    rows = pd.util.hash_pandas_object(frame, index=False)
    return hashlib.sha256(rows.to_numpy().tobytes()).hexdigest()[:16]
