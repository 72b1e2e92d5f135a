"""Where in a CSV file a record stands: exact line numbers, for error messages."""

from __future__ import annotations

import csv
import gzip
import io
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path
    from typing import IO

_END = "\0end of file\0"


class Record(NamedTuple):
    """A record and the line of the file, counted from 1, on which it starts."""

    line: int
    fields: list[str]


class UnclosedQuoteError(Exception):
    """A quoted field runs on to the end of the file, or beyond any sensible length.

    Attributes:
        line: where the record with that field starts.
    """

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def unpacked(file: IO[bytes], path: Path) -> IO[bytes]:
    """The content of an open file, unpacked if the file's name ends in ``.gz``."""
    return cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if path.suffix == ".gz" else file


def records(path: Path) -> Iterator[Record]:
    """Yield the records of a CSV file, the header too, each with the line it starts on.

    Lines are counted as a text editor does: blank lines count, and so do the line breaks inside quoted
    fields. Bytes that are not UTF-8 are replaced, as they never end a line or a field.

    Raises:
        UnclosedQuoteError: at the record with the open quote.
    """
    with path.open("rb") as file, _text(unpacked(file, path)) as lines:
        yield from _numbered(lines)


def locate(path: Path, rows: Collection[int], width: int) -> dict[int, int]:
    """The line numbers of some data rows.

    Args:
        path: a CSV file with a header.
        rows: positions of data rows, counted from 0 and without the rows of a wrong width.
        width: number of fields of a row.

    Returns:
        Row position to line number.
    """
    wanted = set(rows)
    last = max(wanted, default=-1)
    found: dict[int, int] = {}
    whole = (record for record in _data(path) if len(record.fields) == width)
    for row, record in enumerate(whole):
        if row > last:
            break
        if row in wanted:
            found[row] = record.line
    return found


def of_wrong_width(path: Path, width: int, limit: int) -> list[Record]:
    """The first ``limit`` data rows that have more or fewer than ``width`` fields."""
    odd = (record for record in _data(path) if len(record.fields) != width)
    return [record for _, record in zip(range(limit), odd, strict=False)]


def check_quotes(path: Path) -> None:
    """Go through the whole file.

    Raises:
        UnclosedQuoteError: if a quoted field is not closed.
    """
    for _ in records(path):
        pass


def _text(content: IO[bytes]) -> io.TextIOWrapper:
    return io.TextIOWrapper(content, "utf-8-sig", errors="replace", newline="")


def _data(path: Path) -> Iterator[Record]:
    found = records(path)
    next(found, None)
    return found


def _numbered(lines: Iterable[str]) -> Iterator[Record]:
    """Number the records; the end mark shows whether the last quote was closed."""
    reader = csv.reader(chain(lines, [_END]))
    line, next_line = 1, 1
    try:
        for fields in reader:
            line, next_line = next_line, reader.line_num + 1
            if fields == [_END]:
                return
            if fields:
                yield Record(line, fields)
    except csv.Error as error:  # a field longer than csv.field_size_limit()
        raise UnclosedQuoteError(next_line) from error
    raise UnclosedQuoteError(line)
