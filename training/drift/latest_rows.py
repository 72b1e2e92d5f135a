"""The rows that the service has in mind for pairs: the latest state, joined scope by scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantity.db.read import read_table
from quantity.db.snapshots import ensure_published
from quantity.db.tables import LATEST, replaced_tables
from quantity.features.calendar import calendar, date_to_day
from quantity.features.definitions import ATTRIBUTES_OF, SCOPES, served_columns_of
from training.drift.sampling import some_pairs
from training.fit.dataset import model_inputs

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd
    from sqlalchemy import Engine

    from quantity.versions import Published

PAIR = "store_product"


def read_latest_rows(engine: Engine, snapshot: Published, most: int) -> pd.DataFrame:
    """(n, ``store_id`` and `INPUTS`) of about ``most`` pairs that have ordered, on the snapshot's as-of date.

    Raises:
        SnapshotChangedError: another snapshot was published meanwhile.
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database failed.
    """
    tables = {scope: replaced_tables()[f"{LATEST}{scope}"] for scope in SCOPES}
    where = {PAIR: some_pairs(tables[PAIR], min(most / max(snapshot.pair_rows, 1), 1.0))}
    latest = {scope: read_table(engine, tables[scope], _names(scope), where.get(scope)) for scope in SCOPES}
    ensure_published(engine, snapshot, "compare again")
    return latest_rows(latest, latest[PAIR][list(SCOPES[PAIR])], snapshot.as_of_date)


def latest_rows(latest: Mapping[str, pd.DataFrame], pairs: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """(n, ``store_id`` and `INPUTS`) of pairs on the as-of date, as an order of that day would have them.

    Args:
        latest: by scope, a row a group: its key, its served features, its attributes.
        pairs: (n,) ``store_id`` and ``product_id`` of known stores and products, which need not have ordered together.
        as_of: the as-of date.
    """
    rows = pairs.reset_index(drop=True)
    for scope, names in ATTRIBUTES_OF.items():
        rows = rows.merge(latest[scope][[*SCOPES[scope], *names]], how="left", on=list(SCOPES[scope]))
    for scope in SCOPES:
        rows = _joined(rows, latest[scope], scope)
    day = np.full(len(rows), date_to_day(as_of))
    return model_inputs(rows.assign(**calendar(day))).assign(store_id=rows["store_id"])


def _joined(rows: pd.DataFrame, groups: pd.DataFrame, scope: str) -> pd.DataFrame:
    """The rows with the features of their groups: those of a known group without orders are empty."""
    key, columns = list(SCOPES[scope]), served_columns_of(scope)
    joined = rows.merge(groups[[*key, *(column.name for column in columns)]], how="left", on=key)
    known = joined[key].notna().all(axis="columns")
    counts = {column.name: column.empty for column in columns if not np.isnan(column.empty)}
    filled = {name: joined[name].mask(known & joined[name].isna(), empty) for name, empty in counts.items()}
    return joined.assign(**filled)


def _names(scope: str) -> list[str]:
    return [*SCOPES[scope], *(column.name for column in served_columns_of(scope)), *ATTRIBUTES_OF.get(scope, ())]
