"""Predictions for pairs: one model and one snapshot, bound together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantity.features.calendar import MOST_AGEING_DAYS, calendar_of, date_to_day
from quantity.features.definitions import (
    CALENDAR,
    FEATURES,
    HISTORY_COLUMNS,
    NUMERIC_FEATURES,
    PRODUCT_ATTRIBUTES,
    SCOPES,
    STORE_ATTRIBUTES,
    columns_of,
)
from quantity.features.ids import positions
from quantity.online import kernel
from quantity.online.layout import Shared, State

if TYPE_CHECKING:
    import datetime as dt

    from quantity.features.timeline import Ints
    from quantity.online.compiled import CompiledModel
    from quantity.online.layout import Forest
    from quantity.online.snapshot import Snapshot

STATUSES: tuple[str, ...] = ("ok", "cold_start", "unknown_store", "unknown_product")
"""What an answer rests on, by the kernel's number of it; the last two have no quantity."""


@dataclass(frozen=True)
class Predictions:
    """Answers to n pairs, in their order; the numbers of a pair without an answer are 0.

    Attributes:
        status: (n,) index into `STATUSES`.
        quantity: (n,) cases, at least 1.
        low: (n,) lower end of the range, at least 1, at most ``quantity``.
        high: (n,) upper end of the range, at least ``quantity``.
    """

    status: np.ndarray
    quantity: np.ndarray
    low: np.ndarray
    high: np.ndarray


class Predictor:
    """Answers from one (model, snapshot) pair; nothing in it changes after construction.

    Args:
        model: the compiled model.
        snapshot: the latest state.

    Raises:
        ValueError: the snapshot has no store or no product.
    """

    def __init__(self, model: CompiledModel, snapshot: Snapshot) -> None:
        if not (len(snapshot.store_id) and len(snapshot.product_id)):
            raise ValueError("the snapshot has no store or no product")
        self._state = _state(model, snapshot)
        self._shared = _shared(self._state, model.forest)
        self._forest, self._rule = model.forest, model.rule
        self._as_of = date_to_day(snapshot.info.as_of_date)

    def predict(self, store_id: Ints, product_id: Ints, date: dt.date) -> Predictions:
        """Answer (n,) pairs on a date.

        Args:
            store_id: (n,) store ids.
            product_id: (n,) product ids.
            date: the checkout date.
        """
        store_id, product_id = _plain(store_id), _plain(product_id)
        when = self._ageing(date), calendar_of(date)
        return Predictions(
            *kernel.answer(store_id, product_id, *when, self._state, self._shared, self._forest, self._rule)
        )

    def features(self, store_id: Ints, product_id: Ints, date: dt.date) -> tuple[np.ndarray, np.ndarray]:
        """What `predict` reads: (n,) statuses, and (n, `FEATURES`) float32 rows, NaN for the unknown.

        History is that of the snapshot's as-of date; days since an event go on counting to ``date``, for
        `MOST_AGEING_DAYS` at most.
        """
        store_id, product_id = _plain(store_id), _plain(product_id)
        return kernel.features(store_id, product_id, self._ageing(date), calendar_of(date), self._state)

    def _ageing(self, date: dt.date) -> int:
        return min(max(date_to_day(date) - self._as_of, 0), MOST_AGEING_DAYS)


_POSITION = {name: i for i, name in enumerate(NUMERIC_FEATURES)}
_COLUMNS = tuple(np.array([_POSITION[column.name] for column in columns_of(scope)]) for scope in SCOPES)
_AGES = np.array([_POSITION[column.name] for column in HISTORY_COLUMNS if column.ages])


def _state(model: CompiledModel, snapshot: Snapshot) -> State:
    left, right, width = zip(*(snapshot.group_codes(scope) for scope in SCOPES), strict=True)
    scopes = [snapshot.scopes[scope] for scope in SCOPES]
    return State(
        store_id=_plain(snapshot.store_id),
        product_id=_plain(snapshot.product_id),
        left=np.stack(left, axis=1),
        right=np.stack(right, axis=1),
        width=np.array(width),
        keys=tuple(_plain(state.keys) for state in scopes),
        first=tuple(
            np.searchsorted(state.keys, np.arange(of.max(initial=0) + 2) * w)
            for state, of, w in zip(scopes, left, width, strict=True)
        ),
        features=tuple(_plain(state.features) for state in scopes),
        columns=_COLUMNS,
        pair=tuple(SCOPES).index("store_product"),
        ages=_AGES,
        calendar=_POSITION[CALENDAR[0].name],
        store_codes=_codes(model, snapshot, STORE_ATTRIBUTES),
        product_codes=_codes(model, snapshot, PRODUCT_ATTRIBUTES),
        packs=_packs(model.rule.products, snapshot.product_id),
    )


def _shared(state: State, forest: Forest) -> Shared:
    of_store = [FEATURES.index(name) for name in STORE_ATTRIBUTES]
    of_product = [FEATURES.index(name) for name in PRODUCT_ATTRIBUTES]
    of_pair: list[int] = []
    scopes = []
    for i, (key, columns) in enumerate(zip(SCOPES.values(), _COLUMNS, strict=True)):
        fixed = not set(columns) & set(_AGES)
        if fixed and set(key) <= {"store_id", *STORE_ATTRIBUTES}:
            of_store.extend(columns)
        elif fixed and set(key) <= {"product_id", *PRODUCT_ATTRIBUTES}:
            of_product.extend(columns)
        else:
            of_pair.extend(columns)
            scopes.append(i)
    store, product = np.arange(len(state.store_id)), np.arange(len(state.product_id))
    # Whichever the other one is: its columns are not looked at.
    return Shared(
        store=kernel.reached_by(store, np.zeros_like(store), np.array(of_store), len(CALENDAR), state, forest),
        product=kernel.reached_by(np.zeros_like(product), product, np.array(of_product), len(CALENDAR), state, forest),
        scopes=np.array(scopes),
        of_pair=np.array(of_pair),
        of_date=state.calendar + np.arange(len(CALENDAR)),
    )


def _packs(products: Ints, product_id: Ints) -> Ints:
    position, known = positions(products, product_id)
    return np.where(known, position, kernel.NOT_FOUND)


def _codes(model: CompiledModel, snapshot: Snapshot, names: tuple[str, ...]) -> np.ndarray:
    attributes = [snapshot.attributes[name] for name in names]
    codes = [model.codes(name, a.vocabulary, a.code) for name, a in zip(names, attributes, strict=True)]
    return np.stack(codes, axis=1)


def _plain(values: np.ndarray) -> np.ndarray:
    """The same, copied only if it is strided or read-only: the kernel is compiled for plain arrays."""
    flags = values.flags
    return values if flags.c_contiguous and flags.writeable else np.array(values, order="C")
