"""Who asks for features: every order of its past (training), every group for its next order (serving), and others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

import numpy as np
import pandas as pd

from quantity.ahead import for_each
from quantity.features.calendar import MOST_AGEING_DAYS
from quantity.features.decay import Decayed
from quantity.features.definitions import SCOPES, TRANSFORMS, columns_of
from quantity.features.ids import positions
from quantity.features.scopes import EMPTY, PAIR_SCOPE
from quantity.features.timeline import ALL_ROWS, AsOf, Piece

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


MOST_ROUNDS = 4
"""Questions of one group that are answered one by one, each from its own past; of more, that of all is prepared."""

WORTH_NARROWING = 0.5
"""Groups with less than this share of the order days are taken out of their timeline to be asked."""

AGEING = frozenset(column.name for transform in TRANSFORMS for column in transform.columns if column.ages)
"""The columns that grow by a day each day."""


class View(Protocol):
    """Asks for the features of the groups of coarse scopes as of some days."""

    def ask(self, scope: Scope, transforms: Sequence[Transform]) -> Asker:
        """Who asks for the columns of some transforms of one scope."""


class PairView(Protocol):
    """Asks for the features of pairs of store and product as of some days."""

    def ask_pairs(self, chunk: Chunk, timeline: Timeline) -> Question:
        """What it asks of a chunk's pairs."""


class Question(NamedTuple):
    """What is asked of a timeline.

    Attributes:
        as_of: m questions.
        take: called with the (m,) answers by column.
    """

    as_of: AsOf
    take: Callable[[Mapping[str, np.ndarray]], None]


Asker: TypeAlias = "Callable[[Piece], Question]"
"""Tells what is asked of a piece of a timeline; it is called once for each, by any thread."""


def answer_together(questions: Sequence[Question], transforms: Sequence[Transform]) -> None:
    """Answer questions of one timeline, which is prepared once; for few of each group it need not be."""
    rounds = [question.as_of.rounds(MOST_ROUNDS) for question in questions]
    if all(rounds) and not any(_is_pooled(transform) for transform in transforms):
        for question, parts in zip(questions, rounds, strict=True):
            question.take(_answers_in_rounds(question.as_of, parts, transforms))
        return
    found = answers(AsOf.joined([question.as_of for question in questions]), transforms)
    first = 0
    for question in questions:
        end = first + len(question.as_of.day)
        question.take({name: values[first:end] for name, values in found.items()})
        first = end


def _answers_in_rounds(as_of: AsOf, rounds: Sequence[Rows], transforms: Sequence[Transform]) -> dict[str, np.ndarray]:
    found = _nothing_known(transforms, len(as_of.group))
    for rows in rounds:
        asked = as_of.at(rows)
        days = asked.timeline.start[asked.group + 1] - asked.first
        is_part = days.sum() < WORTH_NARROWING * len(asked.timeline.day)
        for name, values in answers(asked.narrowed() if is_part else asked, transforms).items():
            found[name][rows] = values
    return found


def answers(as_of: AsOf, transforms: Sequence[Transform]) -> dict[str, np.ndarray]:
    """(m,) values of each column of some transforms: whole numbers as float64, others as float32."""
    found = {}
    for transform in transforms:
        for column, values in zip(transform.columns, transform.compute(as_of), strict=True):
            found[column.name] = values if column.integer else values.astype(np.float32)
    return found


def answer_groups(timeline: Timeline, transforms: Sequence[Transform], askers: Sequence[Asker]) -> None:
    """Answer what is asked of the groups of a coarse scope, piece by piece; each is prepared once."""
    of_all = [transform for transform in transforms if _is_pooled(transform)]
    of_groups = [transform for transform in transforms if transform not in of_all]
    if of_all:
        _answer_piece(Piece(timeline), of_all, askers)
    for_each(lambda piece: _answer_piece(piece, of_groups, askers), timeline.pieces(PIECE))


def _is_pooled(transform: Transform) -> bool:
    return isinstance(transform, Decayed) and transform.pooled


def _answer_piece(piece: Piece, transforms: Sequence[Transform], askers: Sequence[Asker]) -> None:
    answer_together([ask(piece) for ask in askers], transforms)


class EachDay:
    """Asks for the columns of some transforms as of each order day of a scope from a day on.

    Args:
        timeline: the order days.
        transforms: of the scope.
        first_day: days since 1970-01-01; None: all order days.
    """

    def __init__(self, timeline: Timeline, transforms: Sequence[Transform], first_day: int | None) -> None:
        self._rows = None if first_day is None else np.flatnonzero(timeline.day >= first_day)
        size = len(timeline.day if self._rows is None else self._rows)
        self.columns = _nothing_known(transforms, size + 1)
        """(a + 1,) values by column; the last, which -1 is the index of, is NaN."""

    def __call__(self, piece: Piece) -> Question:
        """Its order days."""
        first, end = piece.first_row, piece.first_row + len(piece.timeline.day)
        rows: Rows = ALL_ROWS
        if self._rows is not None:
            whole, (first, end) = first, np.searchsorted(self._rows, [first, end])
            rows = self._rows[first:end] - whole
        return _fill(self.columns, slice(first, end), piece.timeline.as_of_each_day(rows))


def _fill(columns: Mapping[str, np.ndarray], rows: Rows, as_of: AsOf) -> Question:
    """A question whose answers go to these positions of columns."""

    def take(found: Mapping[str, np.ndarray]) -> None:
        for name, values in found.items():
            columns[name][rows] = values

    return Question(as_of, take)


def _nothing_known(transforms: Sequence[Transform], size: int) -> dict[str, np.ndarray]:
    return {
        column.name: np.full(size, np.nan, dtype=np.float64 if column.integer else np.float32)
        for transform in transforms
        for column in transform.columns
    }


class LatestView:
    """The features of every group's next order, as of one day.

    Args:
        day: days since 1970-01-01.
    """

    def __init__(self, day: int) -> None:
        self._day = day
        self._columns: dict[str, np.ndarray] = {}
        self._keys: dict[str, pd.DataFrame] = {}

    def ask(self, scope: Scope, transforms: Sequence[Transform]) -> Asker:
        """Each group's."""
        self._keys[transforms[0].scope] = scope.keys
        columns = _nothing_known(transforms, len(scope.keys))
        self._columns |= columns
        return lambda piece: _fill(columns, piece.groups, piece.timeline.as_of_day(self._day))

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

    def ask_pairs(self, chunk: Chunk, timeline: Timeline) -> Question:  # noqa: ARG002
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

    def ask(self, scope: Scope, transforms: Sequence[Transform]) -> Asker:
        """Those of the orders that have a group."""
        group = scope.groups(self._store, self._product)
        self.columns |= _nothing_known(transforms, len(group))
        for column in (column for transform in transforms for column in transform.columns):
            self.columns[column.name][group == EMPTY] = column.empty
        by_group = np.argsort(group, kind="stable")
        group = group[by_group]

        def ask(piece: Piece) -> Question:
            first, end = np.searchsorted(group, [piece.groups.start, piece.groups.stop])
            rows = by_group[first:end]
            as_of = piece.timeline.as_of(group[first:end] - piece.first_group, self._as_of[rows])
            return Question(as_of, lambda found: self._take(rows, found))

        return ask

    def ask_pairs(self, chunk: Chunk, timeline: Timeline) -> Question:
        """Those of the orders that are of the chunk's pairs."""
        first_of_pair = chunk.pair_start[:-1]
        pairs = chunk.store[first_of_pair].astype(np.int64) * self._n_products + chunk.product[first_of_pair]
        first, end = np.searchsorted(self._key[self._by_key], [pairs[0], pairs[-1] + 1])
        rows = self._by_key[first:end]
        pair, has_ordered = positions(pairs, self._key[rows])
        rows = rows[has_ordered]
        return Question(timeline.as_of(pair[has_ordered], self._as_of[rows]), lambda found: self._take(rows, found))

    def _take(self, rows: Ints, found: Mapping[str, np.ndarray]) -> None:
        for name, values in found.items():
            self.columns[name][rows] = values + self._ageing[rows] if name in AGEING else values
