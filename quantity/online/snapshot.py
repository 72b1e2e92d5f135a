"""The latest state in memory, looked up for many (store, product) pairs at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from quantity.features.compute import calendar, date_to_day
from quantity.features.definitions import (
    CALENDAR,
    HISTORY_COLUMNS,
    NUMERIC_FEATURES,
    PRODUCT_ATTRIBUTES,
    SCOPES,
    STORE_ATTRIBUTES,
    columns_of,
)
from quantity.features.entities import positions
from quantity.features.timeline import MISSING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd

    from quantity.db.snapshots import Published
    from quantity.features.timeline import Ints

UNKNOWN = ""
"""The label of an attribute that is missing."""

MOST_AGEING_DAYS = 28
"""Further past the snapshot nobody knows whether the pair has ordered since."""

_OF_STORE = ("store_id", *STORE_ATTRIBUTES)


@dataclass(frozen=True)
class ScopeState:
    """The latest features of a scope's groups.

    Attributes:
        keys: (g,) group keys, ascending.
        features: (g + 2, c) float32: a row for each group, then that of a group without orders, then that of
            an unknown group (all NaN).
    """

    keys: Ints
    features: np.ndarray

    def rows(self, key: Ints) -> Ints:
        """(n,) row of ``features`` for each key; `MISSING` is the unknown group."""
        position, found = positions(self.keys, key)
        rows = np.where(found, position, len(self.keys))
        return np.where(key == MISSING, len(self.keys) + 1, rows)


@dataclass(frozen=True)
class Lookup:
    """What the snapshot knows of n pairs.

    Attributes:
        store: (n,) index of the store, any where unknown.
        product: (n,) index of the product, any where unknown.
        store_known: (n,) whether the store is known.
        product_known: (n,) whether the product is known.
        ordered: (n,) whether the store has ordered the product before.
        features: (n, `NUMERIC_FEATURES`) float32.
    """

    store: Ints
    product: Ints
    store_known: np.ndarray
    product_known: np.ndarray
    ordered: np.ndarray
    features: np.ndarray


@dataclass(frozen=True)
class Snapshot:
    """The latest state, immutable.

    Attributes:
        info: which published snapshot it is.
        store_id: (s,) known stores, ascending.
        product_id: (p,) known products, ascending.
        labels: attribute → its label by store or by product, `UNKNOWN` where missing.
        scopes: scope → the state of its groups.
    """

    info: Published
    store_id: Ints
    product_id: Ints
    labels: Mapping[str, np.ndarray]
    scopes: Mapping[str, ScopeState]

    @classmethod
    def build(cls, info: Published, latest: Mapping[str, pd.DataFrame]) -> Snapshot:
        """Index the latest state, given by scope as `read_latest` reads it."""
        stores = latest["store"].sort_values("store_id")
        products = latest["product"].sort_values("product_id")
        labels = {name: _labels(stores[name]) for name in STORE_ATTRIBUTES}
        labels |= {name: _labels(products[name]) for name in PRODUCT_ATTRIBUTES}
        ids = {
            "store_id": stores["store_id"].to_numpy(np.int64),
            "product_id": products["product_id"].to_numpy(np.int64),
        }
        vocabularies = _vocabularies(ids, labels)
        scopes = {scope: _scope_state(scope, latest[scope], vocabularies) for scope in SCOPES}
        return cls(info, ids["store_id"], ids["product_id"], labels, scopes)

    def lookup(self, store_id: Ints, product_id: Ints, date: dt.date) -> Lookup:
        """The features of (n,) pairs on a date.

        History is that of the snapshot's as-of date; days since an event go on counting to ``date``, for
        `MOST_AGEING_DAYS` at most.
        """
        store, store_known = positions(self.store_id, store_id)
        product, product_known = positions(self.product_id, product_id)
        rows = {scope: self.scopes[scope].rows(self._keys(scope, store, product)) for scope in SCOPES}
        features = np.empty((len(store_id), len(NUMERIC_FEATURES)), dtype=np.float32)
        for scope, state in self.scopes.items():
            features[:, _COLUMNS[scope]] = state.features[rows[scope]]
        day = date_to_day(date)
        features[:, _AGES] += min(max(day - date_to_day(self.info.as_of_date), 0), MOST_AGEING_DAYS)
        features[:, len(HISTORY_COLUMNS) :] = _calendar_row(day)
        ordered = rows["store_product"] < len(self.scopes["store_product"].keys)
        return Lookup(store, product, store_known, product_known, ordered, features)

    def pairs(self, limit: int) -> tuple[Ints, Ints]:
        """At most ``limit`` pairs that were ordered, spread evenly over all: their store and product ids."""
        keys = self.scopes["store_product"].keys
        chosen = keys[np.linspace(0, len(keys) - 1, min(limit, len(keys))).astype(np.int64)]
        store, product = np.divmod(chosen, self._widths["store_product"])
        return self.store_id[store], self.product_id[product]

    def _keys(self, scope: str, store: Ints, product: Ints) -> Ints:
        codes = [self._codes[name][store if name in _OF_STORE else product] for name in SCOPES[scope]]
        return _combine(codes, self._widths[scope])

    @cached_property
    def _codes(self) -> dict[str, Ints]:
        vocabularies = _vocabularies(self._ids, self.labels)
        return {name: _code(values, vocabularies[name]) for name, values in (self._ids | dict(self.labels)).items()}

    @cached_property
    def _widths(self) -> dict[str, int]:
        vocabularies = _vocabularies(self._ids, self.labels)
        return {scope: len(vocabularies[key[-1]]) for scope, key in SCOPES.items()}

    @property
    def _ids(self) -> dict[str, np.ndarray]:
        return {"store_id": self.store_id, "product_id": self.product_id}


_POSITION = {name: i for i, name in enumerate(NUMERIC_FEATURES)}
_COLUMNS = {scope: [_POSITION[column.name] for column in columns_of(scope)] for scope in SCOPES}
_AGES = [_POSITION[column.name] for column in HISTORY_COLUMNS if column.ages]


def _calendar_row(day: int) -> list[float]:
    of_day = calendar(np.array([day]))
    return [float(of_day[column.name][0]) for column in CALENDAR]


def _labels(column: pd.Series[str]) -> np.ndarray:
    return column.where(column.notna(), UNKNOWN).to_numpy(dtype=np.str_)


def _vocabularies(ids: Mapping[str, np.ndarray], labels: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return dict(ids) | {name: np.unique(values[values != UNKNOWN]) for name, values in labels.items()}


def _code(values: np.ndarray, vocabulary: np.ndarray) -> Ints:
    position, known = positions(vocabulary, values)
    return np.where(known, position, MISSING)


def _combine(codes: list[Ints], width: int) -> Ints:
    if len(codes) == 1:
        return codes[0]
    left, right = codes
    return np.where((left == MISSING) | (right == MISSING), MISSING, left * width + right)


def _scope_state(scope: str, table: pd.DataFrame, vocabularies: Mapping[str, np.ndarray]) -> ScopeState:
    names = SCOPES[scope]
    codes = [_code(_key_values(table[name]), vocabularies[name]) for name in names]
    keys = _combine(codes, len(vocabularies[names[-1]]))
    order = np.argsort(keys)
    columns = columns_of(scope)
    values = np.empty((len(table) + 2, len(columns)), dtype=np.float32)
    for i, column in enumerate(columns):
        values[:-2, i] = table[column.name].to_numpy(np.float32, na_value=np.nan)[order]
        values[-2, i] = column.empty
    values[-1] = np.nan
    return ScopeState(keys[order], values)


def _key_values(column: pd.Series) -> np.ndarray:
    if column.name in ("store_id", "product_id"):
        return column.to_numpy(np.int64)
    return column.to_numpy(dtype=np.str_)
