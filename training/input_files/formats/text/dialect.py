"""Which character separates the fields of a text, and which line is its header."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from training.input_files.formats.header_line import empty, header_of, known_names
from training.input_files.formats.rows import NOTHING, is_nothing
from training.input_files.formats.text.records import OpenQuoteError, records

if TYPE_CHECKING:
    from collections.abc import Collection

    from training.input_files.formats.rows import Record

_DELIMITERS: Final = ",;\t|"
_SEPARATOR_LINE: Final = re.compile(r'"?sep=([!#-~\t ])\1*"?\s*', re.IGNORECASE)
_LOOKED_AT: Final = 50
"""Records."""


@dataclass(frozen=True)
class Dialect:
    """How a text holds its table.

    Attributes:
        delimiter: between fields.
        header: the fields of the header.
        data_line: the line on which the data begin, counted from 1.
        separator_line: whether the first line names the delimiter (``sep=;``).
    """

    delimiter: str
    header: tuple[str, ...]
    data_line: int
    separator_line: bool


def dialect_of(name: str, text: str, known: Collection[str]) -> Dialect:
    """Find out delimiter and header.

    Args:
        name: the file's name.
        text: how the text begins, in whole lines.
        known: normalized column names to look for.

    Raises:
        UnusableFileError: if the first line of the table is no header.
        OpenQuoteError: if a quoted field of the header is not closed.
    """
    first = next(io.StringIO(text, newline=""), "")
    declared = _SEPARATOR_LINE.fullmatch(first)
    body, first_line = (text[len(first) :], 2) if declared else (text, 1)
    delimiter = declared.group(1) if declared else _likeliest(body, known)
    table = _first_records(body, delimiter, first_line)
    if not table:
        raise empty(name, known)
    header = header_of(name, table, known)
    return Dialect(delimiter, tuple(cell.strip(NOTHING) for cell in header.fields), header.next_line, bool(declared))


def _first_records(text: str, delimiter: str, first_line: int) -> list[Record]:
    """The first records that hold anything.

    Raises:
        OpenQuoteError: if there are none before a quoted field that is not closed.
    """
    found: list[Record] = []
    try:
        for record in records(text, delimiter, first_line):
            if not is_nothing(record.fields):
                found.append(record)
            if len(found) == _LOOKED_AT:
                break
    except OpenQuoteError:
        if not found:
            raise
    return found


def _likeliest(text: str, known: Collection[str]) -> str:
    """The delimiter that shows most of the known names in a line, else the most regular table."""
    return max(_DELIMITERS, key=lambda delimiter: _fit(text, delimiter, known))


def _fit(text: str, delimiter: str, known: Collection[str]) -> tuple[int, float, int]:
    """How well a delimiter fits: known names in the best line, share of rows of the usual width, that width."""
    try:
        table = _first_records(text, delimiter, 1)
    except OpenQuoteError:
        return 0, 0.0, 0
    widths = Counter(len(record.fields) for record in table)
    width, rows = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(0, 0))
    names = max((known_names(record.fields, known) for record in table), default=0)
    return names, (rows / len(table) if width > 1 else 0.0), width
