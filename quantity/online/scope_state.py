"""The latest features of a scope's groups, as arrays that grow by pieces of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantity.features.definitions import SCOPES, served_columns_of
from quantity.features.ids import positions
from quantity.features.timeline import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from quantity.features.timeline import Ints
    from quantity.features.transforms import Column


@dataclass(frozen=True)
class ScopeState:
    """The latest features of a scope's groups: those that the model reads.

    Attributes:
        keys: (g,) group keys, ascending; see `Snapshot.group_codes`.
        features: (g + 2, c) float32: a row for each group, then that of a group without orders, then that of
            an unknown group (all NaN).
    """

    keys: Ints
    features: np.ndarray

    def of_groups(self, key: Ints) -> np.ndarray:
        """(n, c) features of the groups of (n,) keys, a negative one being unknown."""
        place, known = positions(self.keys, key)
        with_orders = np.where(known, place, len(self.keys))
        return self.features[np.where(key >= 0, with_orders, len(self.keys) + 1)]


def scope_state(scope: str, pieces: Iterable[pd.DataFrame], vocabularies: Mapping[str, np.ndarray]) -> ScopeState:
    """Index the groups of a scope, whose pieces need not be in order; those that are take no second copy.

    Args:
        scope: which one.
        pieces: frames of some groups each: their keys and features.
        vocabularies: by attribute of the key, its values, ascending.
    """
    columns = served_columns_of(scope)
    keys, features = [np.empty(0, np.int64)], [np.empty((0, len(columns)), np.float32)]
    for piece in pieces:
        key = _keys(SCOPES[scope], piece, vocabularies)
        order = np.argsort(key, kind="stable")
        keys.append(key[order])
        features.append(_features(columns, piece, order))
    # The groups without orders and the unknown ones.
    features.append(np.array([[column.empty for column in columns], [np.nan] * len(columns)], np.float32))
    return _in_order(np.concatenate(keys), _joined(features))


def codes(values: np.ndarray, vocabulary: np.ndarray) -> Ints:
    """(n,) positions of values in an ascending vocabulary, or `MISSING`."""
    position, known = positions(vocabulary, values)
    return np.where(known, position, MISSING)


def _keys(attributes: tuple[str, ...], piece: pd.DataFrame, vocabularies: Mapping[str, np.ndarray]) -> Ints:
    keys = np.zeros(len(piece), dtype=np.int64)
    for name in attributes:
        code = codes(_key_values(piece[name]), vocabularies[name])
        keys = np.where((keys == MISSING) | (code == MISSING), MISSING, keys * len(vocabularies[name]) + code)
    return keys


def _key_values(column: pd.Series) -> np.ndarray:
    if column.name in ("store_id", "product_id"):
        return column.to_numpy(np.int64)
    return column.to_numpy(dtype=np.str_)


def _features(columns: tuple[Column, ...], piece: pd.DataFrame, order: Ints) -> np.ndarray:
    """(g, c) float32 rows, in this order."""
    values = np.empty((len(piece), len(columns)), dtype=np.float32)
    for i, column in enumerate(columns):
        values[:, i] = piece[column.name].to_numpy(np.float32, na_value=np.nan)[order]
    return values


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    """The parts one behind the other; each is given up as soon as it is copied, so that they never take twice."""
    whole = np.empty((sum(map(len, parts)), *parts[0].shape[1:]), parts[0].dtype)
    end = len(whole)
    while parts:
        part = parts.pop()
        whole[end - len(part) : end] = part
        end -= len(part)
    return whole


def _in_order(keys: Ints, features: np.ndarray) -> ScopeState:
    """The last two rows of the features belong to no key."""
    if (keys[1:] >= keys[:-1]).all():
        return ScopeState(keys, features)
    order = np.argsort(keys, kind="stable")
    return ScopeState(keys[order], features[np.append(order, [len(keys), len(keys) + 1])])
