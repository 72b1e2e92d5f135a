"""Records of delimited text with their exact lines: slower than the reader of blocks, and forgiving."""

from __future__ import annotations

import csv
import io
from itertools import chain
from typing import TYPE_CHECKING, Final

from training.input_files.formats.rows import Record, SortedRows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training.input_files.formats.rows import Shape

_END: Final = "\0end of text\0"


class OpenQuoteError(Exception):
    """A quoted field runs on to the end of the text, or beyond any sensible length.

    Attributes:
        line: where the record with that field starts.
        too_long: whether the field is too long to be one, whatever follows.
    """

    def __init__(self, line: int, *, too_long: bool) -> None:
        super().__init__(line)
        self.line = line
        self.too_long = too_long


def records(text: str, delimiter: str, first_line: int = 1) -> Iterator[Record]:
    """Yield the records of a text, also those of blank lines, which have no fields.

    Lines are counted as a text editor does: blank lines count, and so do the line breaks inside quoted fields.

    Raises:
        OpenQuoteError: at the record with the open quote.
    """
    reader = csv.reader(chain(io.StringIO(text, newline=""), [_END]), delimiter=delimiter)
    line, next_line = first_line, first_line
    try:
        for fields in reader:
            line, next_line = next_line, first_line + reader.line_num
            if fields == [_END]:
                return
            if fields and fields[-1].endswith(_END):
                raise OpenQuoteError(line, too_long=False)
            yield Record(line, fields, next_line)
    except csv.Error as error:  # a field longer than csv.field_size_limit()
        raise OpenQuoteError(next_line, too_long=True) from error


def sort_rows(text: str, delimiter: str, shape: Shape, first_line: int) -> tuple[SortedRows, OpenQuoteError | None]:
    """Read a text record by record.

    Returns:
        The rows up to the first open quote, and where that is, if the text ends inside a quoted field.
    """
    found = SortedRows()
    try:
        for record in records(text, delimiter, first_line):
            found.add(record, shape)
    except OpenQuoteError as error:
        return found, error
    return found, None
