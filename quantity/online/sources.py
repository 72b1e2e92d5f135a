"""What each column of a row depends on: the store alone, the product alone, both, or the date."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from quantity.features.definitions import (
    CALENDAR,
    FORMULAS,
    PRODUCT_ATTRIBUTES,
    ROW,
    SCOPES,
    STORE_ATTRIBUTES,
    served_columns_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from quantity.features.relative import Formula


class Source(Enum):
    """What a column depends on."""

    STORE = "store"
    PRODUCT = "product"
    PAIR = "pair"
    DATE = "date"


def source_of_scope(scope: str) -> Source:
    """What the groups of a scope depend on."""
    key = set(SCOPES[scope])
    if key <= {"store_id", *STORE_ATTRIBUTES}:
        return Source.STORE
    return Source.PRODUCT if key <= {"product_id", *PRODUCT_ATTRIBUTES} else Source.PAIR


def sources_of_formulas(formulas: Iterable[Formula], sources: Mapping[str, Source]) -> dict[str, Source]:
    """What formulas depend on: all that the columns that they read do.

    Args:
        formulas: in the order in which they are computed.
        sources: of the columns.

    Raises:
        ValueError: one depends on the date: the kernel computes them once for all dates.
    """
    found = dict(sources)
    for formula in formulas:
        read = {found[name] for name in formula.reads}
        if Source.DATE in read or AGEING & set(formula.reads):
            raise ValueError(f"{formula.name} depends on the date")
        found[formula.name] = read.pop() if len(read) == 1 else Source.PAIR
    return {formula.name: found[formula.name] for formula in formulas}


AGEING = frozenset(column.name for scope in SCOPES for column in served_columns_of(scope) if column.ages)
"""Columns that count days on to the date asked for."""

_STORED = {column.name: source_of_scope(scope) for scope in SCOPES for column in served_columns_of(scope)}
_GIVEN = (
    _STORED
    | {column.name: Source.DATE for column in CALENDAR}
    | dict.fromkeys(STORE_ATTRIBUTES, Source.STORE)
    | dict.fromkeys(PRODUCT_ATTRIBUTES, Source.PRODUCT)
)

SOURCES: dict[str, Source] = _GIVEN | sources_of_formulas(FORMULAS, _GIVEN)
"""By column of a row."""


def formulas_of(source: Source) -> tuple[Formula, ...]:
    """The formulas that depend on this alone."""
    return tuple(formula for formula in FORMULAS if SOURCES[formula.name] is source)


def columns_of(source: Source) -> tuple[str, ...]:
    """The columns that depend on this alone, in the order of a row."""
    return tuple(name for name in ROW if SOURCES[name] is source)
