"""The last orders of each pair, for people to look at: no prediction needs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from quantity.features.calendar import date_to_day

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from quantity.features.timeline import Ints


class Lines(NamedTuple):
    """(n,) order lines, int32.

    Attributes:
        store_id, product_id: ids.
        day: checkout date, days since 1970-01-01.
        quantity: cases.
    """

    store_id: np.ndarray
    product_id: np.ndarray
    day: np.ndarray
    quantity: np.ndarray


@dataclass(frozen=True)
class OrderHistory:
    """The last orders of g pairs, m in all.

    Attributes:
        publication: the snapshot that knows just these orders.
        as_of: the first day that it does not know.
        most: so many orders of a pair are kept at most.
        keys: (g,) int64 `key_of` the pairs, ascending.
        first: (g + 1,) int64 the first order of each; the last entry is m.
        day: (m,) int32 checkout dates, days since 1970-01-01, ascending for each pair.
        quantity: (m,) int32 cases ordered on that day.
    """

    publication: str
    as_of: dt.date
    most: int
    keys: Ints
    first: Ints
    day: np.ndarray
    quantity: np.ndarray

    @classmethod
    def build(cls, publication: str, as_of: dt.date, most: int, pieces: Sequence[Lines]) -> OrderHistory:
        """Add up the lines of a day, and keep the last orders of each pair.

        Args:
            publication: of the snapshot.
            as_of: lines of this day and later ones are left out.
            most: so many orders of a pair are kept.
            pieces: the lines, in any order.
        """
        nothing = Lines(*(np.zeros(0, np.int32) for _ in Lines._fields))
        lines = Lines(*map(np.concatenate, zip(nothing, *pieces, strict=True)))
        known = lines.day < date_to_day(as_of)
        key, day = key_of(lines.store_id[known], lines.product_id[known]), lines.day[known]
        by_day = np.lexsort((day, key))
        key, day = key[by_day], day[by_day]
        is_first = np.append(True, (np.diff(key) != 0) | (np.diff(day) != 0))[: len(key)]
        starts = np.flatnonzero(is_first)
        quantity = np.add.reduceat(lines.quantity[known][by_day], starts) if len(starts) else day
        key, day = key[starts], day[starts]
        keys, first, count = np.unique(key, return_index=True, return_counts=True)
        from_last = np.repeat(first + count, count) - np.arange(len(key))
        kept = from_last <= most
        ends = np.cumsum(np.minimum(count, most), dtype=np.int64)
        return cls(
            publication,
            as_of,
            most,
            keys,
            np.append(np.int64(0), ends),
            day[kept].astype(np.int32),
            quantity[kept].astype(np.int32),
        )

    @property
    def version(self) -> str:
        """Differs for what differs."""
        return version_of(self.publication, self.most)

    def orders_of(self, store_id: int, product_id: int) -> list[tuple[dt.date, int]]:
        """The last orders of a pair, the oldest first: checkout dates and cases."""
        (key,) = key_of(np.array([store_id]), np.array([product_id]))
        at = int(np.searchsorted(self.keys, key))
        if at == len(self.keys) or self.keys[at] != key:
            return []
        rows = slice(self.first[at], self.first[at + 1])
        dates = self.day[rows].astype("datetime64[D]").tolist()
        return list(zip(dates, self.quantity[rows].tolist(), strict=True))


def version_of(publication: str, most: int) -> str:
    """That of the history beside a publication, with so many orders of a pair."""
    return f"{publication}, {most} orders of a pair"


def key_of(store_id: Ints, product_id: Ints) -> Ints:
    """One number for a store and a product."""
    return store_id.astype(np.int64) << 32 | product_id.astype(np.int64)
