"""Totals of the order days of a coarse scope, added up chunk by chunk or from those of a finer scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from quantity.features.coarse.exact_sums import ExactSums
from quantity.features.timeline import ORDERS, squared
from quantity.whole_numbers import distinct

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from quantity.features.orders import Orders
    from quantity.features.timeline import Floats, Ints
    from quantity.whole_numbers import Whole

WORD = 64
"""Bits of a word."""

TAKEN_AT_ONCE = 1_000_000
"""Orders whose cases are taken from their keys at a time."""


def words_of(n_labels: int) -> int:
    """How many words have a bit for each label."""
    return -(-max(n_labels, 1) // WORD)


def value_of(name: str, measures: Mapping[str, Floats]) -> Floats:
    """What each order adds to the sum of this name: (n,) ones, a measure, or its square."""
    if name in measures:
        return measures[name]
    if name == ORDERS:
        return np.ones(len(next(iter(measures.values()))))
    (measure,) = (measure for measure in measures if squared(measure) == name)
    return np.square(measures[measure])


class DailySums:
    """The sums of each order day of one scope's groups, by name (see `value_of`).

    Args:
        size: the number of order days.
        names: of sums that are there, though nothing be added to them.
    """

    def __init__(self, size: int, names: Iterable[str] = ()) -> None:
        self._size = size
        self._sums = {name: ExactSums(size) for name in names}

    def __contains__(self, name: str) -> bool:
        return name in self._sums

    @property
    def names(self) -> set[str]:
        """Of what there are sums."""
        return set(self._sums)

    def add(self, name: str, at: Ints, values: Floats) -> None:
        """Add (m,) values of orders to the order days of these numbers."""
        self._of(name).add(at, values)

    def add_finer(self, name: str, at: Ints, finer: DailySums, rows: Ints) -> None:
        """Add sums of a finer scope: those of (m,) of its order days, each within the one of this number."""
        self._of(name).add_sums(at, finer._sums[name], rows)

    def include(self, sums: DailySums) -> None:
        """Take the sums of other names from elsewhere."""
        self._sums |= sums._sums

    def put(self, name: str, sums: ExactSums) -> None:
        """Take the sums of a name."""
        self._sums[name] = sums

    def exact(self, name: str) -> ExactSums:
        """The sums of a name."""
        return self._sums[name]

    def keep(self, names: Collection[str]) -> None:
        """Forget the sums of all other names."""
        self._sums = {name: sums for name, sums in self._sums.items() if name in names}

    def totals(self, name: str) -> Floats:
        """(d,) sums."""
        return self._sums[name].totals

    def _of(self, name: str) -> ExactSums:
        if name not in self._sums:
            self._sums[name] = ExactSums(self._size)
        return self._sums[name]


class OfOrders(Protocol):
    """What is told of an order day by looking at its orders, and is no sum."""

    def add(self, at: Ints, orders: Orders, product: Ints) -> None:
        """Take m orders of the order days of these numbers into account, and (m,) positions of their products."""

    @property
    def result(self) -> np.ndarray:
        """What came of all orders."""


class LastPrice:
    """The case price of each order day's largest order, of equally large ones the highest.

    Args:
        size: the number of order days.
    """

    def __init__(self, size: int) -> None:
        self.quantity = np.zeros(size, dtype=np.int64)
        """(d,) cases of the largest order."""
        self._price = np.full(size, np.nan)

    def add(self, at: Ints, orders: Orders, product: Ints) -> None:  # noqa: ARG002 - of the protocol
        """An unknown price counts as the highest."""
        before = self.quantity[at]
        np.maximum.at(self.quantity, at, orders.quantity)
        largest = self.quantity[at]
        self._price[at[largest > before]] = -np.inf
        is_largest = orders.quantity == largest
        with np.errstate(invalid="ignore"):
            np.maximum.at(self._price, at[is_largest], orders.case_price_cents[is_largest])

    @property
    def result(self) -> Floats:
        """(d,) cents."""
        return self._price


class DistinctLabels:
    """How many different labels the products of each order day have, a bit a label.

    Args:
        size: the number of order days.
        label: by position of the product; negative: none.
        n_labels: how many labels there are.
    """

    def __init__(self, size: int, label: Ints, n_labels: int) -> None:
        self._label = label
        self._n_labels = max(n_labels, 1)
        self._words = words_of(self._n_labels)
        self.bits = np.zeros(size * self._words, dtype=np.uint64)
        """(d · w,) the words of each order day."""

    def add(self, at: Ints, orders: Orders, product: Ints) -> None:  # noqa: ARG002 - of the protocol
        """Set the bits of their labels."""
        label = self._label[product]
        at, label = np.divmod(distinct(at[label >= 0] * self._n_labels + label[label >= 0]), self._n_labels)
        bit = np.left_shift(np.uint64(1), (label % WORD).astype(np.uint64))
        np.bitwise_or.at(self.bits, at * self._words + label // WORD, bit)

    @property
    def result(self) -> Ints:
        """(d,) numbers of labels."""
        return self.counts(self.bits.reshape(-1, self._words))

    @staticmethod
    def counts(bits: np.ndarray) -> Ints:
        """(d,) numbers of labels of (d, w) words."""
        counts: Ints = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
        return counts


class Cases:
    """The quantity of each order, order day after order day, ascending in each.

    Args:
        orders: all of them.
    """

    def __init__(self, orders: Orders) -> None:
        self._width = int(orders.quantity.max(initial=0)) + 1
        self._keys = np.empty(len(orders), dtype=np.int64)
        self._end = 0

    def add(self, at: Ints, orders: Orders, product: Ints) -> None:  # noqa: ARG002 - of the protocol
        """Append them."""
        end = self._end + len(at)
        self._keys[self._end : end] = at * self._width + orders.quantity
        self._end = end

    @property
    def result(self) -> Whole:
        """(n,) cases."""
        keys = self._keys[: self._end]
        keys.sort()
        fits = self._width <= np.iinfo(np.int32).max
        cases: Whole = np.empty(len(keys), dtype=np.int32 if fits else np.int64)
        for begin in range(0, len(keys), TAKEN_AT_ONCE):
            rows = slice(begin, begin + TAKEN_AT_ONCE)
            cases[rows] = keys[rows] % self._width
        return cases
