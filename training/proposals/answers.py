"""Answers to many pairs on some dates, made piece by piece: memory does not grow with their number."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from quantity.ahead import in_order
from quantity.online.statuses import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from quantity.features.timeline import Ints
    from training.proposals.champion import Answering
    from training.proposals.pairs import Pairs

PIECE_PAIRS = 100_000
NUMBERS = ("quantity", "typical", "low", "high")
"""The columns of an answer's numbers, in cases; null where the store or the product is not known."""


@dataclass(frozen=True)
class Proposals:
    """What a champion answers for pairs, on each of some dates.

    Attributes:
        answering: what answers.
        pairs: n of them.
        dates: the checkout dates.
        names: by kind, (n,) the ids as a file has them; empty: none are told, unless ids are text.
    """

    answering: Answering
    pairs: Pairs
    dates: Sequence[dt.date]
    names: dict[str, pa.Array]

    @property
    def rows(self) -> int:
        """How many answers there are."""
        return len(self.pairs.store_id) * len(self.dates)

    @property
    def schema(self) -> pa.Schema:
        """The columns of `pieces`."""
        return pa.schema(
            [
                ("checkout_date", pa.date32()),
                ("store_id", pa.int64()),
                ("product_id", pa.int64()),
                *((kind, pa.string()) for kind in self._texts),
                ("status", pa.string()),
                *((name, pa.int32()) for name in NUMBERS),
                ("as_of_date", pa.date32()),
                ("snapshot_id", pa.int64()),
                ("model_version", pa.string()),
            ]
        )

    def pieces(self) -> Iterator[pa.Table]:
        """The answers, date by date, in the pairs' order."""
        parts = [(date, first) for date in self.dates for first in range(0, len(self.pairs.store_id), PIECE_PAIRS)]
        yield from in_order(lambda part: self._piece(*part), parts)

    def _piece(self, date: dt.date, first: int) -> pa.Table:
        rows = slice(first, first + PIECE_PAIRS)
        store, product = self.pairs.store_id[rows], self.pairs.product_id[rows]
        found = self.answering.predictor.predict(store, product, date)
        is_unknown = found.quantity == 0
        snapshot = self.answering.snapshot.info
        same = {"checkout_date": date, "as_of_date": snapshot.as_of_date, "snapshot_id": snapshot.snapshot_id}
        columns = {name: pa.repeat(pa.scalar(value), len(store)) for name, value in same.items()}
        columns["model_version"] = pa.repeat(self.answering.version, len(store))
        columns |= {"store_id": pa.array(store), "product_id": pa.array(product)}
        columns |= {kind: texts[rows] for kind, texts in self._texts.items()}
        columns["status"] = pa.array(STATUSES, pa.string()).take(pa.array(found.status))
        columns |= {name: pa.array(getattr(found, name), pa.int32(), mask=is_unknown) for name in NUMBERS}
        return pa.table({name: columns[name] for name in self.schema.names}).cast(self.schema)

    @cached_property
    def _texts(self) -> dict[str, pa.Array]:
        """By kind, (n,) the ids as text, of kinds whose ids are."""
        if self.names:
            return self.names
        ids = {"store": self.pairs.store_id, "product": self.pairs.product_id}
        return {kind: self._text_of(kind, numbers) for kind, numbers in ids.items() if len(self.answering.keys[kind])}

    def _text_of(self, kind: str, numbers: Ints) -> pa.Array:
        frame = self.answering.keys[kind].sort_values(f"{kind}_id")
        ids = frame[f"{kind}_id"].to_numpy(np.int64)
        distinct, at = np.unique(numbers, return_inverse=True)
        place = np.minimum(np.searchsorted(ids, distinct), len(ids) - 1)
        keys = frame[f"{kind}_key"].to_numpy(object)
        texts = np.where(ids[place] == distinct, keys[place], distinct.astype(str).astype(object))
        return pa.array(texts, pa.string()).take(pa.array(at))


def dates_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """All dates from one to another, both included."""
    return [first + dt.timedelta(days=days) for days in range((last - first).days + 1)]
