"""Faulty cells, collected a column at a time and told with line numbers and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

SHOWN: Final = 5
"""Number of lines that an error names; the rest is only counted."""

_LONGEST_VALUE = 60


@dataclass
class Fault:
    """The faulty cells of one column.

    Attributes:
        expected: what a cell must hold, in words.
        count: number of faulty cells.
        examples: the first few of them: position of the data row, counted from 0, and the text found.
    """

    expected: str
    count: int = 0
    examples: list[tuple[int, str]] = field(default_factory=list)

    def add(self, text: pa.StringArray, faulty: pa.BooleanArray, first_row: int) -> None:
        """Note the faulty cells among the next ones of the column.

        Args:
            text: the cells.
            faulty: true where a cell breaks the contract.
            first_row: position of the first of these cells in the file.
        """
        positions = pc.indices_nonzero(faulty)
        self.count += len(positions)
        for position in positions[: SHOWN - len(self.examples)].to_pylist():
            self.examples.append((first_row + position, text[position].as_py()))

    def merge(self, other: Fault) -> None:
        """Take over the cells of another fault of the column."""
        self.count += other.count
        self.examples = sorted(self.examples + other.examples)[:SHOWN]

    @property
    def rows(self) -> list[int]:
        """The rows of the examples."""
        return [row for row, _ in self.examples]

    @property
    def texts(self) -> list[str]:
        """The texts of the examples."""
        return [text for _, text in self.examples]

    def describe(self, file: str, column: str, line_of: Mapping[int, int], advice: str = "") -> str:
        """Tell the fault.

        Args:
            file: the file's name.
            column: the column's name.
            line_of: row position to line number, for the examples.
            advice: a sentence on what to do, empty if there is nothing to say.
        """
        lines = [(line_of.get(row), shown(value)) for row, value in self.examples]
        return listing(f"{file}, column {column}: expected {self.expected}", lines, self.count, advice)


def listing(title: str, lines: Sequence[tuple[int | None, str]], count: int, advice: str = "") -> str:
    """Put a title over the first faulty lines of a file, say how many more there are, and what to do.

    Args:
        title: what is wrong, and where.
        lines: line number and what is found there.
        count: number of faulty lines in the whole file.
        advice: a sentence, empty if there is nothing to say.
    """
    told = [f"  line {line}: {found}" for line, found in lines]
    more = count - len(lines)
    if more > 0:
        told.append(f"  and {more:,} more {'line' if more == 1 else 'lines'}")
    if advice:
        told.append(f"  {advice}")
    return "\n".join([title, *told])


def shown(value: str) -> str:
    """A value as an error shows it: in quotes, line breaks visible, not too long."""
    if not value.strip():
        return "nothing"
    return repr(value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE] + "…")
