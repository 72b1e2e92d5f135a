"""Predictions for pairs: one model and one snapshot, bound together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantity.features.definitions import FEATURES, NUMERIC_FEATURES, PRODUCT_ATTRIBUTES, STORE_ATTRIBUTES

if TYPE_CHECKING:
    import datetime as dt

    from quantity.features.timeline import Ints
    from quantity.model.estimator import Answers, CompiledQuantityModel
    from quantity.online.snapshot import Lookup, Snapshot

STATUSES: tuple[str, ...] = ("ok", "cold_start", "unknown_store", "unknown_product")
"""What an answer rests on; the last two have no quantity."""

OK, COLD_START, UNKNOWN_STORE, UNKNOWN_PRODUCT = range(len(STATUSES))


@dataclass(frozen=True)
class Predictions:
    """Answers to n pairs, in their order.

    Attributes:
        status: (n,) index into `STATUSES`.
        answers: the quantities and ranges of the pairs whose store and product are known, in order.
    """

    status: np.ndarray
    answers: Answers

    @property
    def answered(self) -> np.ndarray:
        """(n,) whether the pair has an answer."""
        return self.status < UNKNOWN_STORE


class Predictor:
    """Answers from one (model, snapshot) pair; nothing in it changes after construction.

    Args:
        model: the compiled model.
        snapshot: the latest state.
    """

    def __init__(self, model: CompiledQuantityModel, snapshot: Snapshot) -> None:
        self._model = model
        self._snapshot = snapshot
        self._store_codes = self._encode(STORE_ATTRIBUTES)
        self._product_codes = self._encode(PRODUCT_ATTRIBUTES)

    def predict(self, store_id: Ints, product_id: Ints, date: dt.date) -> Predictions:
        """Answer (n,) pairs on a date.

        Args:
            store_id: (n,) store ids.
            product_id: (n,) product ids.
            date: the checkout date.
        """
        lookup = self._snapshot.lookup(store_id, product_id, date)
        known = lookup.store_known & lookup.product_known
        answers = self._model.answer(self._matrix(lookup, known), product_id[known])
        return Predictions(_status(lookup), answers)

    def _matrix(self, lookup: Lookup, known: np.ndarray) -> np.ndarray:
        matrix = np.empty((int(known.sum()), len(FEATURES)), dtype=np.float64)
        n_numeric, n_store = len(NUMERIC_FEATURES), len(STORE_ATTRIBUTES)
        matrix[:, :n_numeric] = lookup.features[known]
        matrix[:, n_numeric : n_numeric + n_store] = self._store_codes[lookup.store[known]]
        matrix[:, n_numeric + n_store :] = self._product_codes[lookup.product[known]]
        return matrix

    def _encode(self, attributes: tuple[str, ...]) -> np.ndarray:
        encoder = self._model.model.encoder_
        return np.column_stack([encoder.codes(name, self._snapshot.labels[name]) for name in attributes])


def _status(lookup: Lookup) -> np.ndarray:
    status = np.where(lookup.ordered, OK, COLD_START)
    status = np.where(lookup.product_known, status, UNKNOWN_PRODUCT)
    return np.where(lookup.store_known, status, UNKNOWN_STORE)
