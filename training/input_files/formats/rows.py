"""Rows of cells as they stand in a file, told apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTHING: Final = " \t\r\n\x0b\x0c\x1a\xa0\ufeff"
"""Characters that say nothing: blanks, and the end-of-file mark of DOS."""


class Record(NamedTuple):
    """A record.

    Attributes:
        line: where it starts, counted from 1.
        fields: its cells.
        next_line: the line behind it.
    """

    line: int
    fields: list[str]
    next_line: int


def is_nothing(fields: Sequence[str]) -> bool:
    """Whether every field is blank."""
    return not any(cell.strip(NOTHING) for cell in fields)


@dataclass(frozen=True)
class Shape:
    """What rows of a table look like.

    Attributes:
        width: number of fields in the header.
        named: number of fields up to the last that has a name.
        positions: of the fields that are read.
    """

    width: int
    named: int
    positions: tuple[int, ...]


@dataclass
class SortedRows:
    """The records of a text, told apart.

    Attributes:
        rows: those of the right width, or with empty fields too many, cut or filled to it.
        empty: number of records with nothing in the fields that are read.
        trailing: number of rows that had further empty fields.
        wrong: the records of a wrong width.
        damaged: the rows that hold bytes which the encoding does not know.
    """

    rows: list[Record] = field(default_factory=list)
    empty: int = 0
    trailing: int = 0
    wrong: list[Record] = field(default_factory=list)
    damaged: list[Record] = field(default_factory=list)

    def add(self, record: Record, shape: Shape) -> None:
        """Put a record where it belongs."""
        count = len(record.fields)
        if count == shape.width and record.fields[shape.positions[0]].strip(NOTHING):  # most rows
            self.rows.append(record)
        elif is_nothing(record.fields):
            self.empty += 1
        elif not shape.named <= count <= shape.width and not is_nothing(record.fields[shape.width :] or ["?"]):
            self.wrong.append(record)
        elif is_nothing([record.fields[position] for position in shape.positions if position < count]):
            self.empty += 1
        else:
            self.trailing += count > shape.width
            padded = record.fields[: shape.width] + [""] * (shape.width - count)
            self.rows.append(record._replace(fields=padded))

    def set_aside(self, character: str) -> None:
        """Take the rows that hold a character for damaged."""
        self.damaged = [record for record in self.rows if any(character in cell for cell in record.fields)]
        lines = {record.line for record in self.damaged}
        self.rows = [record for record in self.rows if record.line not in lines]
