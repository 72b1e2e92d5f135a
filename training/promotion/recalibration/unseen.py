"""The latest orders that a version was not fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantity.db.read import read_table
from quantity.db.snapshots import ensure_features_as_declared, ensure_published, published
from quantity.db.tables import replaced_tables
from quantity.features.definitions import INPUTS
from training.fit.dataset import KEYS, NoFeaturesError, model_inputs

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Engine


@dataclass(frozen=True)
class Orders:
    """Orders in time order.

    Attributes:
        X: (n, `INPUTS`).
        y: (n,) cases ordered, float64.
        date: (n,) checkout dates, ascending.
    """

    X: pd.DataFrame
    y: np.ndarray
    date: np.ndarray


def read_unseen(engine: Engine, trained_until: np.datetime64, most_days: int) -> Orders:
    """The published orders of the last days.

    Args:
        engine: the database.
        trained_until: the first day that the version was not fitted to.
        most_days: how many of the last days before the snapshot's as-of date count.

    Raises:
        NoFeaturesError: nothing is published.
        FeatureListError: the features are not those that this version of the project declares.
        SnapshotChangedError: another snapshot was published during the read.
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    snapshot = published(engine)
    if snapshot is None:
        raise NoFeaturesError("no features are published yet: run preprocess.py first")
    ensure_features_as_declared(engine, snapshot)
    since = max(trained_until.astype("datetime64[D]"), np.datetime64(snapshot.as_of_date) - most_days)
    table = replaced_tables()["features"]
    frame = read_table(engine, table, (*KEYS, *INPUTS[1:]), where=table.c.checkout_date >= since.astype(object))
    ensure_published(engine, snapshot, "try again")
    frame = frame.sort_values(["checkout_date", "store_id", "product_id"], kind="stable", ignore_index=True)
    return Orders(
        X=model_inputs(frame),
        y=frame["quantity"].to_numpy(np.float64),
        date=frame["checkout_date"].to_numpy("datetime64[D]"),
    )
