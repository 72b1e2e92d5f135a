"""Which of a table's first rows is its header."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Final

from training.input_files.formats.description import UnusableFileError
from training.input_files.header import normalized

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from training.input_files.formats.rows import Record

_DATE: Final = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T\s].*)?")
_NUMBER: Final = re.compile(r"[-+]?[$€£]?\s*\d[\d.,'\s]*(?:[eE][-+]?\d+)?%?")
_ENOUGH_NAMES: Final = 2
_SHOWN_CHARACTERS: Final = 60


def header_of(name: str, table: Sequence[Record], known: Collection[str]) -> Record:
    """Make sure that a table begins with its header.

    Args:
        name: the file's name.
        table: the first rows that hold anything, at least one.
        known: normalized column names to look for.

    Returns:
        The header.

    Raises:
        UnusableFileError: if other lines stand above the header, or values in its place.
    """
    counts = [known_names(record.fields, known) for record in table]
    best = counts.index(max(counts))
    above = best if counts[best] >= _ENOUGH_NAMES else 0 if counts[0] else _title_lines(table)
    if above:
        raise UnusableFileError(_lines_above(name, table[:above], table[above].line))
    if not counts[0] and _is_pivoted(table[0].fields):
        raise UnusableFileError(
            f"{name}: has a column for each date ({_shown(table[0].fields)}); expected a row an order line, with the "
            "date in a column of its own"
        )
    if not counts[0] and _holds_values(table[0].fields):
        raise UnusableFileError(
            f"{name}: has no header: line {table[0].line} holds values ({_shown(table[0].fields)}); "
            f"add a line with the names of the columns{_named(known)} above it"
        )
    return table[0]


def known_names(fields: Sequence[str], known: Collection[str]) -> int:
    """How many of a row's cells are known column names."""
    return sum(normalized(cell) in known for cell in fields)


def empty(name: str, known: Collection[str]) -> UnusableFileError:
    """The error of a file without a single record."""
    return UnusableFileError(f"{name}: is empty; expected a header with the columns{_named(known)}")


def _title_lines(table: Sequence[Record]) -> int:
    """The number of rows, one cell each, above a table of wider rows of one width."""
    widths = [sum(bool(cell.strip()) for cell in record.fields) for record in table]
    above = next((index for index, width in enumerate(widths) if width > 1), 0)
    return above if len(widths) > above + 1 and widths[above + 1] > 1 else 0


def _lines_above(name: str, above: Sequence[Record], header_line: int) -> str:
    first = above[0]
    what = "a comment" if first.fields[0].lstrip().startswith("#") else "a title"
    lines = f"line {first.line}" if len(above) == 1 else f"lines {first.line} to {above[-1].line}"
    return (
        f"{name}: the header is on line {header_line}, below {what} ({_shown(first.fields)}); "
        f"remove {lines}, so that the header comes first"
    )


def _is_pivoted(fields: Sequence[str]) -> bool:
    """Whether names are followed by dates alone, at least two."""
    dates = [bool(_DATE.fullmatch(cell.strip())) for cell in fields if cell.strip()]
    names = dates.index(True) if True in dates else 0
    return names > 0 and len(dates) > names + 1 and all(dates[names:]) and not _holds_values(fields[:names])


def _holds_values(fields: Sequence[str]) -> bool:
    cells = [cell.strip() for cell in fields if cell.strip()]
    return 2 * sum(bool(_DATE.fullmatch(cell) or _NUMBER.fullmatch(cell)) for cell in cells) >= len(cells)


def _shown(fields: Sequence[str]) -> str:
    text = ", ".join(cell.strip() for cell in fields if cell.strip())
    return repr(text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…")


def _named(known: Collection[str]) -> str:
    """The names in the order given, or sorted where they have none."""
    names = sorted(known) if isinstance(known, AbstractSet) else known
    return f" {', '.join(names)}" if names else ""
