"""Who asks for features: every order of its past (training), every group for its next order (serving), and others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import pandas as pd

from quantity.ahead import in_order
from quantity.features.calendar import MOST_AGEING_DAYS
from quantity.features.decay import Decayed
from quantity.features.definitions import SCOPES, TRANSFORMS, columns_of
from quantity.features.ids import positions
from quantity.features.scopes import EMPTY, PAIR_SCOPE
from quantity.features.timeline import ALL_ROWS, AsOf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from quantity.features.chunks import Chunk
    from quantity.features.entities import Entities
    from quantity.features.orders import Orders
    from quantity.features.scopes import Scope
    from quantity.features.timeline import Ints, Rows, Timeline
    from quantity.features.transforms import Transform

PIECE = 200_000
"""Order days, or orders where they are read one by one, that are computed at a time."""


class View(Protocol):
    """Asks for the features of the groups of coarse scopes as of some days."""

    def add(self, scope: Scope, timeline: Timeline, transforms: Sequence[Transform]) -> None:
        """Compute the columns of some transforms of one scope."""


class PairView(Protocol):
    """Asks for the features of pairs of store and product as of some days."""

    def ask_pairs(self, chunk: Chunk, timeline: Timeline, transforms: Sequence[Transform]) -> Question:
        """What it asks of a chunk's pairs, of some transforms."""


class Question(NamedTuple):
    """What is asked of a timeline.

    Attributes:
        as_of: m questions.
        take: called with the (m,) answers by column.
    """

    as_of: AsOf
    take: Callable[[Mapping[str, np.ndarray]], None]


def answer_together(questions: Sequence[Question], transforms: Sequence[Transform]) -> None:
    """Answer questions of one timeline, which is prepared once."""
    found = answers(AsOf.joined([question.as_of for question in questions]), transforms)
    first = 0
    for question in questions:
        end = first + len(question.as_of.day)
        question.take({name: values[first:end] for name, values in found.items()})
        first = end


def answers(as_of: AsOf, transforms: Sequence[Transform]) -> dict[str, np.ndarray]:
    """(m,) values of each column of some transforms: whole numbers as float64, others as float32."""
    found = {}
    for transform in transforms:
        for column, values in zip(transform.columns, transform.compute(as_of), strict=True):
            found[column.name] = values if column.integer else values.astype(np.float32)
    return found


def of_each_day(
    timeline: Timeline, transforms: Sequence[Transform], first_day: int | None = None
) -> dict[str, np.ndarray]:
    """(a + 1,) values of each column as of each order day from a day on; the last, which -1 is the index of, is NaN."""

    def asked(of: Timeline) -> Rows:
        return ALL_ROWS if first_day is None else np.flatnonzero(of.day >= first_day)

    columns = _nothing_known(transforms, len(timeline.day[asked(timeline)]) + 1)
    _answer(columns, timeline, transforms, lambda piece: piece.as_of_each_day(asked(piece)))
    return columns


def of_each_group(timeline: Timeline, transforms: Sequence[Transform], day: int) -> dict[str, np.ndarray]:
    """(n_groups,) values of each column as of a day."""
    columns = _nothing_known(transforms, timeline.n_groups)
    _answer(columns, timeline, transforms, lambda piece: piece.as_of_day(day))
    return columns


def _nothing_known(transforms: Sequence[Transform], size: int) -> dict[str, np.ndarray]:
    return {
        column.name: np.full(size, np.nan, dtype=np.float64 if column.integer else np.float32)
        for transform in transforms
        for column in transform.columns
    }


def _answer(
    columns: Mapping[str, np.ndarray],
    timeline: Timeline,
    transforms: Sequence[Transform],
    ask: Callable[[Timeline], AsOf],
) -> None:
    """Fill columns, from their first value on, with answers to questions that each group has of its own."""
    of_all = [transform for transform in transforms if isinstance(transform, Decayed) and transform.pooled]
    of_groups = [transform for transform in transforms if transform not in of_all]
    for name, values in answers(ask(timeline), of_all).items():
        columns[name][: len(values)] = values
    first = 0
    for found in in_order(lambda piece: answers(ask(piece), of_groups), timeline.pieces(PIECE)):
        end = first
        for name, values in found.items():
            end = first + len(values)
            columns[name][first:end] = values
        first = end


class LatestView:
    """The features of every group's next order, as of one day.

    Args:
        day: days since 1970-01-01.
    """

    def __init__(self, day: int) -> None:
        self._day = day
        self._columns: dict[str, np.ndarray] = {}
        self._keys: dict[str, pd.DataFrame] = {}

    def add(self, scope: Scope, timeline: Timeline, transforms: Sequence[Transform]) -> None:
        """Compute the columns of some transforms of one scope."""
        self._keys[transforms[0].scope] = scope.keys
        self._columns |= of_each_group(timeline, transforms, self._day)

    def tables(self) -> dict[str, pd.DataFrame]:
        """By coarse scope, a row a group: its key and its features."""
        return {scope: _table(keys, scope, self._columns) for scope, keys in self._keys.items()}


class LatestPairs:
    """The features of the next order of each of a chunk's pairs, as of one day.

    Args:
        day: days since 1970-01-01.
        chunk: the orders of the pairs.
    """

    def __init__(self, day: int, chunk: Chunk) -> None:
        self._day = day
        self._columns: dict[str, np.ndarray] = {}
        pairs = chunk.pair_start[:-1]
        self._keys = pd.DataFrame({name: getattr(chunk.orders, name)[pairs] for name in SCOPES[PAIR_SCOPE]})

    def ask_pairs(self, chunk: Chunk, timeline: Timeline, transforms: Sequence[Transform]) -> Question:  # noqa: ARG002
        """Each pair's."""
        return Question(timeline.as_of_day(self._day), self._columns.update)

    def table(self) -> pd.DataFrame:
        """A row a pair: its key and its features."""
        return _table(self._keys, PAIR_SCOPE, self._columns)


def _table(keys: pd.DataFrame, scope: str, columns: Mapping[str, np.ndarray]) -> pd.DataFrame:
    names = [column.name for column in columns_of(scope)]
    return pd.concat([keys, pd.DataFrame({name: columns[name] for name in names}, copy=False)], axis="columns")


class AskedView:
    """The features that snapshots have of orders that need not have been made.

    Args:
        entities: the stores and products; those of the orders among them.
        asked: m orders, in any order; their quantities and prices are not read.
        as_of: (m,) days, none after the order's: what is known is what lies before.
    """

    def __init__(self, entities: Entities, asked: Orders, as_of: Ints) -> None:
        self._store, _ = positions(entities.stores["store_id"].to_numpy(), asked.store_id)
        self._product, _ = positions(entities.products["product_id"].to_numpy(), asked.product_id)
        self._n_products = len(entities.products)
        self._as_of = as_of
        self._ageing = np.minimum(asked.day - as_of, MOST_AGEING_DAYS)
        self._key = self._store * self._n_products + self._product
        self._by_key = np.argsort(self._key, kind="stable")
        of_pairs = [transform for transform in TRANSFORMS if transform.scope == PAIR_SCOPE]
        self.columns = _nothing_known(of_pairs, len(asked))
        """(m,) values by column, NaN where the order has no such group."""
        for column in columns_of(PAIR_SCOPE):
            self.columns[column.name][:] = column.empty

    def add(self, scope: Scope, timeline: Timeline, transforms: Sequence[Transform]) -> None:
        """Compute the columns of some transforms of one coarse scope."""
        group = scope.groups(self._store, self._product)
        self.columns |= _nothing_known(transforms, len(group))
        for column in (column for transform in transforms for column in transform.columns):
            self.columns[column.name][group == EMPTY] = column.empty
        self._answer(np.flatnonzero(group >= 0), group[group >= 0], timeline, transforms)

    def ask_pairs(self, chunk: Chunk, timeline: Timeline, transforms: Sequence[Transform]) -> Question:
        """Those of the orders that are of the chunk's pairs."""
        first_of_pair = chunk.pair_start[:-1]
        pairs = chunk.store[first_of_pair].astype(np.int64) * self._n_products + chunk.product[first_of_pair]
        first, end = np.searchsorted(self._key[self._by_key], [pairs[0], pairs[-1] + 1])
        rows = self._by_key[first:end]
        pair, has_ordered = positions(pairs, self._key[rows])
        rows = rows[has_ordered]
        return Question(
            timeline.as_of(pair[has_ordered], self._as_of[rows]), lambda found: self._take(rows, found, transforms)
        )

    def _answer(self, rows: Ints, group: Ints, timeline: Timeline, transforms: Sequence[Transform]) -> None:
        self._take(rows, answers(timeline.as_of(group, self._as_of[rows]), transforms), transforms)

    def _take(self, rows: Ints, found: Mapping[str, np.ndarray], transforms: Sequence[Transform]) -> None:
        for column in (column for transform in transforms for column in transform.columns):
            aged = found[column.name] + self._ageing[rows] if column.ages else found[column.name]
            self.columns[column.name][rows] = aged
