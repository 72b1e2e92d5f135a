"""Predictions for pairs: one model and one snapshot, bound together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from quantity.features.calendar import MOST_AGEING_DAYS, calendar_of, date_to_day
from quantity.online import kernel
from quantity.online.binding import bind, plain

if TYPE_CHECKING:
    import datetime as dt

    import numpy as np

    from quantity.features.timeline import Ints
    from quantity.online.compiled import CompiledModel
    from quantity.online.snapshot import Snapshot

NUMBERS: Final = ("store_id", "product_id", "status", "quantity", "typical", "low", "high")
"""What is told of a pair, in this order."""


@dataclass(frozen=True)
class Predictions:
    """Answers to n pairs, in their order; the numbers of cases of a pair without an answer are 0.

    Attributes:
        numbers: (n, 7) int32, a row a pair, in the order of `NUMBERS`.
    """

    numbers: np.ndarray

    @property
    def status(self) -> np.ndarray:
        """(n,) index into `quantity.online.statuses.STATUSES`."""
        return self._column(2)

    @property
    def quantity(self) -> np.ndarray:
        """(n,) cases, at least 1: unbiased in sums, for planning."""
        return self._column(3)

    @property
    def typical(self) -> np.ndarray:
        """(n,) cases, at least 1: most often exactly right, for pre-filling a cart."""
        return self._column(4)

    @property
    def low(self) -> np.ndarray:
        """(n,) lower end of the range, at least 1, at most ``quantity`` and ``typical``."""
        return self._column(5)

    @property
    def high(self) -> np.ndarray:
        """(n,) upper end of the range, at least ``quantity`` and ``typical``."""
        return self._column(6)

    def _column(self, place: int) -> np.ndarray:
        column: np.ndarray = self.numbers[:, place]
        return column


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
        self._state = bind(model, snapshot)
        self._forest, self._rule = model.forest, model.rule
        self._as_of = date_to_day(snapshot.info.as_of_date)

    def predict(self, store_id: Ints, product_id: Ints, date: dt.date) -> Predictions:
        """Answer (n,) pairs on a date.

        Args:
            store_id: (n,) store ids.
            product_id: (n,) product ids.
            date: the checkout date.
        """
        when = self._ageing(date), calendar_of(date)
        return Predictions(
            kernel.answer(plain(store_id), plain(product_id), *when, self._state, self._forest, self._rule)
        )

    def features(self, store_id: Ints, product_id: Ints, date: dt.date) -> tuple[np.ndarray, np.ndarray]:
        """What `predict` reads: (n,) statuses, and (n, `ROW`) float32 rows, NaN for the unknown.

        History is that of the snapshot's as-of date; days since an event go on counting to ``date``, for
        `MOST_AGEING_DAYS` at most.
        """
        return kernel.features(plain(store_id), plain(product_id), self._ageing(date), calendar_of(date), self._state)

    def _ageing(self, date: dt.date) -> int:
        return min(max(date_to_day(date) - self._as_of, 0), MOST_AGEING_DAYS)
