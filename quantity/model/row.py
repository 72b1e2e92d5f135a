"""The row that a model reads: its inputs, and what its formulas make of them.

A model remembers its row as text. Trees read a row by position: a model answers from the row that it was fitted to,
which need not be the one that is declared today.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quantity.features.definitions import ATTRIBUTES, FORMULAS, NUMERIC_INPUTS
from quantity.features.relative import Difference, LogRatio, Shrunk, Sum

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from quantity.features.relative import Formula

_KINDS: Mapping[str, Callable[..., Formula]] = {
    "Shrunk": Shrunk,
    "Sum": Sum,
    "Difference": Difference,
    "LogRatio": LogRatio,
}


class UnreadableRecordError(ValueError):
    """The record of a row is not one, or has a formula of a kind that is no more."""


@dataclass(frozen=True)
class Row:
    """The columns of a row, in their order.

    Attributes:
        numeric: inputs that are numbers.
        attributes: inputs that are text.
        formulas: make the columns after them.
    """

    numeric: tuple[str, ...]
    attributes: tuple[str, ...]
    formulas: tuple[Formula, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All columns."""
        return (*self.numeric, *self.attributes, *(formula.name for formula in self.formulas))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns of a frame that the row is made of, beside the product."""
        return self.numeric + self.attributes

    @property
    def record(self) -> list[str]:
        """The row as text: its columns, and what each formula is."""
        return [*self.names, *map(repr, self.formulas)]

    def at(self, name: str) -> int:
        """The position of a column."""
        return self.names.index(name)


DECLARED = Row(NUMERIC_INPUTS, ATTRIBUTES, FORMULAS)
"""The row that a model is fitted to today."""


def recorded_row(record: Sequence[str], attributes: int) -> Row:
    """The row of a record.

    Args:
        record: `Row.record` of it.
        attributes: how many attributes it has.

    Raises:
        UnreadableRecordError: it cannot be told.
    """
    if list(record) == DECLARED.record:
        return DECLARED
    formulas = tuple(_formula(text) for text in record if "(" in text)
    names = tuple(text for text in record if "(" not in text)
    inputs = names[: len(names) - len(formulas)]
    row = Row(inputs[: len(inputs) - attributes], inputs[len(inputs) - attributes :], formulas)
    if row.record != list(record):
        raise UnreadableRecordError("the record of its row is not one")
    return row


def _formula(text: str) -> Formula:
    # Read as data, never evaluated: the text comes from a file.
    try:
        call = ast.parse(text, mode="eval").body
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)) or call.args:
            raise UnreadableRecordError(f"no formula: {text}")
        given = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
        return _KINDS[call.func.id](**given)
    except (SyntaxError, ValueError, KeyError, TypeError) as error:
        raise UnreadableRecordError(f"the formula {text} is not known") from error
