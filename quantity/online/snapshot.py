"""The latest state in memory: published features as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from quantity.features.definitions import ATTRIBUTES_OF, PRODUCT_ATTRIBUTES, SCOPES, STORE_ATTRIBUTES, served_columns_of
from quantity.online.keys import NO_KEYS, KeyIndex, index_keys
from quantity.online.scope_state import codes, scope_state

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from quantity.features.timeline import Ints
    from quantity.online.scope_state import ScopeState
    from quantity.versions import Published

UNKNOWN = ""
"""The label of an attribute that is missing."""

_OF_STORE = ("store_id", *STORE_ATTRIBUTES)

READ: Mapping[str, tuple[str, ...]] = {
    scope: (*key, *(column.name for column in served_columns_of(scope)), *ATTRIBUTES_OF.get(scope, ()))
    for scope, key in SCOPES.items()
}
"""By scope, the columns of the latest state that a snapshot is built of: keys, features and attributes."""


@dataclass(frozen=True)
class Attribute:
    """An attribute of every store, or of every product.

    Attributes:
        vocabulary: (v,) its labels, ascending.
        code: (n,) int32 position in the vocabulary, or `MISSING`.
    """

    vocabulary: np.ndarray
    code: np.ndarray


@dataclass(frozen=True)
class Snapshot:
    """The latest state, immutable.

    Attributes:
        info: which published snapshot it is.
        store_id: (s,) known stores, ascending.
        product_id: (p,) known products, ascending.
        attributes: by name, of stores and of products.
        scopes: scope → the state of its groups.
        store_keys: the stores' text ids; stores that are known no longer keep theirs.
        product_keys: the products' text ids, likewise.
    """

    info: Published
    store_id: Ints
    product_id: Ints
    attributes: Mapping[str, Attribute]
    scopes: Mapping[str, ScopeState]
    store_keys: KeyIndex = NO_KEYS
    product_keys: KeyIndex = NO_KEYS

    @classmethod
    def build(cls, info: Published, latest: Mapping[str, pd.DataFrame]) -> Snapshot:
        """Index the latest state, a frame a scope; see `build_in_pieces`."""
        return cls.build_in_pieces(info, {scope: (frame,) for scope, frame in latest.items()})

    @classmethod
    def build_in_pieces(cls, info: Published, latest: Mapping[str, Iterable[pd.DataFrame]]) -> Snapshot:
        """Index the latest state. Beside the arrays it holds a piece at a time.

        Args:
            info: which published snapshot it is.
            latest: by scope, frames of some of its groups each, as `read_latest` gives them: stores and products in
                one frame each. They may have more columns than `READ`.
        """
        (stores,), (products,) = latest["store"], latest["product"]
        stores, products = stores.sort_values("store_id"), products.sort_values("product_id")
        attributes = {name: _attribute(stores[name]) for name in STORE_ATTRIBUTES}
        attributes |= {name: _attribute(products[name]) for name in PRODUCT_ATTRIBUTES}
        ids = {
            "store_id": stores["store_id"].to_numpy(np.int64),
            "product_id": products["product_id"].to_numpy(np.int64),
        }
        vocabularies = ids | {name: attribute.vocabulary for name, attribute in attributes.items()}
        pieces = {**latest, "store": [stores], "product": [products]}
        scopes = {scope: scope_state(scope, pieces[scope], vocabularies) for scope in SCOPES}
        return cls(info, ids["store_id"], ids["product_id"], attributes, scopes)

    def with_keys(self, keys: Mapping[str, pd.DataFrame]) -> Snapshot:
        """The same with text ids.

        Args:
            keys: by kind (``store``, ``product``), as `read_key_tables` reads them.
        """
        return replace(
            self,
            store_keys=index_keys(keys["store"], "store"),
            product_keys=index_keys(keys["product"], "product"),
        )

    def pairs(self, limit: int) -> tuple[Ints, Ints]:
        """At most ``limit`` pairs that were ordered, spread evenly over all: their store and product ids."""
        keys = self.scopes["store_product"].keys
        chosen = keys[np.linspace(0, len(keys) - 1, min(limit, len(keys))).astype(np.int64)]
        store, product = np.divmod(chosen, len(self.product_id))
        return self.store_id[store], self.product_id[product]

    def group_codes(self, scope: str) -> tuple[np.ndarray, np.ndarray, int]:
        """What makes a scope's keys: (s,) int32 left, (p,) int32 right, and the width.

        The key of a store and a product is ``left * width + right``; a negative one of the two is missing.
        """
        left, right = np.zeros(len(self.store_id), np.int32), np.zeros(len(self.product_id), np.int32)
        width = 1
        for name in SCOPES[scope]:
            if name in _OF_STORE:
                left = self._code(name)
            else:
                right = self._code(name)
                width = self._size(name)
        return left, right, width

    def _code(self, name: str) -> np.ndarray:
        if name in self.attributes:
            return self.attributes[name].code
        return np.arange(self._size(name), dtype=np.int32)

    def _size(self, name: str) -> int:
        if name in self.attributes:
            return len(self.attributes[name].vocabulary)
        return len(self.store_id if name == "store_id" else self.product_id)


def _attribute(column: pd.Series[str]) -> Attribute:
    labels = column.where(column.notna(), UNKNOWN).to_numpy(dtype=np.str_)
    vocabulary = np.unique(labels[labels != UNKNOWN])
    return Attribute(vocabulary, codes(labels, vocabulary).astype(np.int32))
