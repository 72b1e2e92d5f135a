"""What every kind of cell does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LARGEST_MEMORY = 1_000_000


@dataclass(frozen=True)
class Parsed:
    """A column's values beside the cells that hold none.

    Attributes:
        values: one value per cell, null where the cell is empty or faulty.
        faulty: true where the cell breaks the contract; None: nowhere.
        doubtful: true where a cell does so if few cells of the column are like it; None: nowhere.
    """

    values: pa.Array
    faulty: pa.BooleanArray | None = None
    doubtful: pa.BooleanArray | None = None


class CellType(Protocol):
    """A kind of cell: says what it expects and turns text into values."""

    @property
    def expected(self) -> str:
        """What a cell must hold, in words for the reader of an error."""

    def parse(self, text: pa.StringArray) -> Parsed:
        """Turn cells into values; blanks around a value do not count."""

    def advice(self, examples: Sequence[str]) -> str:
        """What to do about faulty cells like these, a sentence; empty if correcting them is all."""


class OncePerText:
    """Reads each distinct text of a column once, however often and in however many blocks it stands.

    Args:
        read: text without blanks around it to a whole number; None if it is faulty.
    """

    def __init__(self, read: Callable[[str], int | None]) -> None:
        self._read = read
        self._known: dict[str, int | None] = {}

    def parse(self, text: pa.StringArray | pa.DictionaryArray) -> Parsed:
        """Int64 values; null where `read` finds none, or the text is empty."""
        distinct = text if isinstance(text, pa.DictionaryArray) else text.dictionary_encode()
        values = pa.array([self._value(cell) for cell in distinct.dictionary.to_pylist()], pa.int64())
        values = values.take(distinct.indices)
        return Parsed(values, pc.is_null(values) if values.null_count else None)

    def _value(self, cell: str) -> int | None:
        try:
            return self._known[cell]
        except KeyError:
            if len(self._known) >= _LARGEST_MEMORY:
                self._known.clear()
            return self._known.setdefault(cell, self._read(cell.strip()))


def blank(text: pa.StringArray) -> pa.BooleanArray:
    """True where a cell holds nothing."""
    return pc.equal(pc.utf8_trim_whitespace(text), "")
