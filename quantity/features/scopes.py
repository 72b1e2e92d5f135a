"""The groups of each scope that is coarser than store and product, and which of them an order belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quantity.features.definitions import PRODUCT_ATTRIBUTES, SCOPES, STORE_ATTRIBUTES
from quantity.features.timeline import MISSING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quantity.features.entities import Entities
    from quantity.features.timeline import Ints

PAIR_SCOPE = next(scope for scope, key in SCOPES.items() if set(key) == {"store_id", "product_id"})
"""The scope whose groups have one order a day. Those of all others have orders of many pairs."""

COARSE_SCOPES = tuple(scope for scope in SCOPES if scope != PAIR_SCOPE)

EMPTY = -2
"""The code of a group that has known labels and no order."""

_IDS = {"store_id": STORE_ATTRIBUTES, "product_id": PRODUCT_ATTRIBUTES}


@dataclass(frozen=True)
class Labels:
    """An attribute as codes.

    Attributes:
        vocabulary: (k,) the distinct values, ascending.
        code: index into ``vocabulary`` by position among the stores or the products, or `MISSING`.
    """

    vocabulary: np.ndarray
    code: Ints


class Labelled:
    """Stores and products with their attributes as codes."""

    def __init__(self, entities: Entities) -> None:
        self._labels: dict[str, Labels] = {}
        for of, frame in (("store_id", entities.stores), ("product_id", entities.products)):
            self._labels[of] = Labels(frame[of].to_numpy(), np.arange(len(frame)))
            for attribute in _IDS[of]:
                code, values = pd.factorize(frame[attribute], sort=True)
                self._labels[attribute] = Labels(np.asarray(values, dtype=object), code.astype(np.int64))

    def __getitem__(self, attribute: str) -> Labels:
        """The labels of an attribute."""
        return self._labels[attribute]

    def of_orders(self, attribute: str, store: Ints, product: Ints) -> Ints:
        """(m,) codes of an attribute, by the positions of the orders' stores and products."""
        is_of_store = attribute in ("store_id", *STORE_ATTRIBUTES)
        return self._labels[attribute].code[store if is_of_store else product]


@dataclass(frozen=True)
class Scope:
    """The groups of a scope.

    Attributes:
        key: the one or two attributes that make a group's key.
        labelled: the stores and products.
        lookup: of two attributes: group by both codes, `EMPTY` where there is no order.
    """

    key: tuple[str, ...]
    labelled: Labelled
    lookup: Ints | None = None

    @classmethod
    def of(cls, name: str, labelled: Labelled) -> Scope:
        """A scope by name; one of two attributes has groups when they are numbered."""
        return cls(SCOPES[name], labelled)

    @property
    def n_cells(self) -> int:
        """Of two attributes: how many pairs of their labels there are."""
        return max(len(self.labelled[self.key[0]].vocabulary), 1) * self._width

    def cells(self, store: Ints, product: Ints) -> Ints:
        """The pairs of labels that orders have which have both, by the positions of their stores and products."""
        return self.cells_of(self._codes_of(store, product))

    def cells_of(self, codes: Sequence[Ints]) -> Ints:
        """The pairs of labels, by their codes, where both are known."""
        cells: Ints = self._cell(codes)[self._is_known(codes)]
        return cells

    def numbered(self, is_there: np.ndarray) -> Scope:
        """The scope with a group for each pair of labels that orders have, (`n_cells`,) true there."""
        lookup = np.full(len(is_there), EMPTY)
        lookup[is_there] = np.arange(is_there.sum())
        return Scope(self.key, self.labelled, lookup)

    @cached_property
    def keys(self) -> pd.DataFrame:
        """One row a group, one column a key attribute."""
        vocabularies = [self.labelled[name].vocabulary for name in self.key]
        columns = zip(self.key, vocabularies, self.codes_of_groups, strict=True)
        return pd.DataFrame({name: vocabulary[code] for name, vocabulary, code in columns})

    def groups(self, store: Ints, product: Ints) -> Ints:
        """(m,) the group of each order, `MISSING` or `EMPTY`, by the positions of their stores and products."""
        return self.groups_of(self._codes_of(store, product))

    def groups_within(self, finer: Scope) -> Ints | None:
        """By group of another scope, the group of this one that holds its orders; None if they may be of several.

        An order without a group in the other must have none in this one either.
        """
        if not set(finer.key) <= {*self.key, *_IDS}:
            return None
        known = dict(zip(finer.key, finer.codes_of_groups, strict=True))
        for key, attributes in _IDS.items():
            if key in known:
                known |= {name: self.labelled[name].code[known[key]] for name in attributes}
        return self.groups_of([known[name] for name in self.key]) if set(self.key) <= set(known) else None

    def groups_of(self, codes: Sequence[Ints]) -> Ints:
        """(m,) groups, by the codes of each key attribute."""
        if self.lookup is None:
            return codes[0]
        return np.where(self._is_known(codes), self.lookup[self._cell(codes)], MISSING)

    def _codes_of(self, store: Ints, product: Ints) -> list[Ints]:
        return [self.labelled.of_orders(name, store, product) for name in self.key]

    @cached_property
    def codes_of_groups(self) -> list[Ints]:
        """By key attribute, the code of each group's label."""
        if self.lookup is None:
            return [np.arange(len(self.labelled[self.key[0]].vocabulary))]
        return list(np.divmod(np.flatnonzero(self.lookup != EMPTY), self._width))

    @property
    def _width(self) -> int:
        return max(len(self.labelled[self.key[-1]].vocabulary), 1)

    def _cell(self, codes: Sequence[Ints]) -> Ints:
        return np.maximum(codes[0], 0) * self._width + np.maximum(codes[1], 0)

    @staticmethod
    def _is_known(codes: Sequence[Ints]) -> np.ndarray:
        known: np.ndarray = (codes[0] != MISSING) & (codes[1] != MISSING)
        return known
