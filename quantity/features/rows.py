"""The rows of a chunk's orders, stage by stage: features as of each order's day, levels, and measures above them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from quantity.features.coarse.lookup import Places
from quantity.features.past import LEVELS
from quantity.features.relative import evaluate
from quantity.features.scopes import PAIR_SCOPE
from quantity.features.stages import first_measures, next_measures
from quantity.features.views import Question, answer_together

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from quantity.features.chunks import Chunk
    from quantity.features.coarse.lookup import CoarseLookup
    from quantity.features.stages import Stage
    from quantity.features.transforms import Transform
    from quantity.features.views import PairView


def needed_before(number: int, stages: Sequence[Stage]) -> list[list[Transform]]:
    """By stage before the one of a number, the transforms that the measures are made of which that stage reads."""
    read = {name for stage in stages[:number] for formula in stage.formulas for name in formula.reads}
    return [[t for t in stage.transforms if read & {column.name for column in t.columns}] for stage in stages[:number]]


def measures_before(number: int, chunk: Chunk, coarse: CoarseLookup, places: Places) -> Mapping[str, np.ndarray]:
    """(m,) measures of a chunk's orders that the stage of a number reads: those of the stages before.

    Args:
        number: of the stage, from 0.
        chunk: the orders.
        coarse: the features of the coarse scopes, those of the stages before computed.
        places: of the chunk among these.
    """
    needed = needed_before(number, coarse.stages)
    return _rows(chunk, coarse, places, needed, ()).measures


def chunk_columns(
    chunk: Chunk, coarse: CoarseLookup, places: Places, views: Sequence[PairView] = ()
) -> dict[str, np.ndarray]:
    """(a,) values of every stored column, and of `LEVELS`, of the orders asked for, as of each order's own day.

    Args:
        chunk: the orders.
        coarse: the features of the coarse scopes, all of them computed.
        places: of the chunk among these.
        views: who else asks for features of the chunk's pairs.
    """
    rows = _rows(chunk, coarse, places, [stage.transforms for stage in coarse.stages], views)
    return rows.columns | {name: rows.levels[name] for name in LEVELS if name in rows.levels}


def answer_pairs(chunk: Chunk, coarse: CoarseLookup, views: Sequence[PairView]) -> None:
    """Answer who asks for features of a chunk's pairs, where nobody asks for those of its orders.

    Args:
        chunk: the orders.
        coarse: the features of the coarse scopes, all of them computed.
        views: who asks.
    """
    places = Places(coarse, chunk)
    for number, stage in enumerate(coarse.stages):
        of_pairs = stage.of_scope(PAIR_SCOPE)
        if of_pairs:
            timeline = chunk.timeline(measures_before(number, chunk, coarse, places.asked), of_pairs)
            answer_together([view.ask_pairs(chunk, timeline) for view in views], of_pairs)


class _Rows(NamedTuple):
    columns: dict[str, np.ndarray]
    levels: dict[str, np.ndarray]
    measures: dict[str, np.ndarray]


def _rows(
    chunk: Chunk,
    coarse: CoarseLookup,
    places: Places,
    transforms_of_stages: Sequence[Sequence[Transform]],
    views: Sequence[PairView],
) -> _Rows:
    columns: dict[str, np.ndarray] = {}
    levels: dict[str, np.ndarray] = {}
    measures = first_measures(chunk.orders)
    is_asked = bool(chunk.n_asked or views)
    for stage, transforms in zip(coarse.stages, transforms_of_stages, strict=False):
        of_pairs = [transform for transform in transforms if transform.scope == PAIR_SCOPE]
        columns |= coarse.columns((t for t in transforms if t.scope != PAIR_SCOPE), places)
        if of_pairs and is_asked:
            timeline = chunk.timeline(measures, of_pairs)
            own = Question(timeline.as_of_each_day(chunk.asked), columns.update)
            answer_together([own, *(view.ask_pairs(chunk, timeline) for view in views)], of_pairs)
        if stage.measures:
            if is_asked:
                levels |= evaluate(stage.formulas, columns | levels)
            measures |= next_measures(stage, measures["log_qty"], chunk.of_all(levels))
    return _Rows(columns, levels, measures)
