"""A sheet of an .xlsx workbook as a table of text cells."""

from __future__ import annotations

import io
from itertools import islice
from typing import TYPE_CHECKING, Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from training.input_files.formats.cells import rows_of_text
from training.input_files.formats.description import FileDescription, SkippedRows, UnusableFileError
from training.input_files.formats.header_line import empty, header_of, known_names
from training.input_files.formats.kinds import XLSX, naming_note
from training.input_files.formats.row_faults import RowFaults
from training.input_files.formats.rows import NOTHING, Record, Shape, SortedRows, is_nothing
from training.input_files.formats.sums import is_sum_row
from training.input_files.formats.value_text import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    import pyarrow as pa

    from training.input_files.formats.content import Content

_BATCH_ROWS: Final = 20_000
_LOOKED_AT: Final = 50
"""Rows."""


class SpreadsheetTable:
    """The rows of the sheet that holds the table.

    Attributes:
        path: the file.
        header: the names in the header row.
    """

    def __init__(self, content: Content, known: Collection[str]) -> None:
        """Find sheet and header.

        Args:
            content: the file's content.
            known: normalized column names to look for.

        Raises:
            UnusableFileError: if there is no table, or more than one.
        """
        self.path = content.path
        self._content = content
        name, (self._sheet, rows) = self.path.name, _the_sheet(content, known)
        table = [row for row in islice(rows, _LOOKED_AT) if not is_nothing(row.fields)]
        if not table:
            raise empty(name, known)
        header = header_of(name, table, known)
        self.header = tuple(cell.strip(NOTHING) for cell in header.fields)
        self._rows = rows[header.line :]
        self._found = SortedRows()
        self._faults = RowFaults(name)

    @property
    def description(self) -> FileDescription:
        """How the file is read."""
        notes = (*naming_note(self._content, XLSX), *self._sheet)
        return FileDescription(self.path.name, XLSX, compression=self._content.compression, notes=notes)

    @property
    def skipped(self) -> SkippedRows:
        """Counts of rows left out; final when ``batches`` is exhausted."""
        return SkippedRows(self._found.empty, self._found.trailing)

    @property
    def faults(self) -> list[str]:
        """What is wrong with the file, a paragraph a fault; final when ``batches`` is exhausted."""
        return self._faults.told(len(self.header), "")

    def batches(self, positions: Sequence[int], progress: Callable[[float], None]) -> Iterator[pa.RecordBatch]:
        """Read the rows: see `TextTable.batches`."""
        shape = Shape(len(self.header), 0, tuple(positions))
        self._found = found = SortedRows()
        for row in self._rows:
            found.add(row, shape)
        if found.rows and is_sum_row(found.rows[-1].fields):
            self._faults.sums = found.rows.pop()
        for start in range(0, len(found.rows), _BATCH_ROWS):
            fields = [row.fields for row in found.rows[start : start + _BATCH_ROWS]]
            progress(min((start + _BATCH_ROWS) / len(found.rows), 1.0))
            yield rows_of_text(fields, positions)

    def lines(self, rows: Collection[int]) -> dict[int, int]:
        """Where rows stand: see `TextTable.lines`."""
        return {row: self._found.rows[row].line for row in rows}


def _the_sheet(content: Content, known: Collection[str]) -> tuple[tuple[str, ...], list[Record]]:
    """A note on which sheet was taken, if there are more, and the rows of that sheet."""
    sheets = {name: rows for name, rows in _sheets(content).items() if any(not is_nothing(row.fields) for row in rows)}
    if not sheets:
        raise empty(content.path.name, known)
    if len(sheets) == 1:
        return (), next(iter(sheets.values()))
    named = [name for name, rows in sheets.items() if _has_header(rows, known)]
    stem = content.path.name.split(".")[0].lower()
    named = [name for name in named if name.lower() == stem] or named
    if len(named) != 1:
        names = ", ".join(repr(name) for name in sheets)
        raise UnusableFileError(
            f"{content.path.name}: has data on {len(sheets)} sheets ({names}); keep the one with the table, or name "
            f"it {stem!r}"
        )
    return (f"sheet {named[0]!r} is read",), sheets[named[0]]


def _sheets(content: Content) -> dict[str, list[Record]]:
    try:
        with content.open() as stream:
            workbook = CalamineWorkbook.from_filelike(io.BytesIO(stream.read()))
        sheets = {name: workbook.get_sheet_by_name(name) for name in workbook.sheet_names}
        return {name: _records(sheet.to_python(skip_empty_area=False)) for name, sheet in sheets.items()}
    except PasswordError as error:
        raise UnusableFileError(f"{content.path.name}: is protected by a password; save it without one") from error
    except CalamineError as error:
        raise UnusableFileError(
            f"{content.path.name}: cannot be read as a spreadsheet: {error}; export it again, or as CSV"
        ) from error


def _records(rows: Sequence[Sequence[object]]) -> list[Record]:
    return [Record(number, [text_of(value) for value in row], number + 1) for number, row in enumerate(rows, 1)]


def _has_header(rows: Sequence[Record], known: Collection[str]) -> bool:
    return any(known_names(row.fields, known) for row in rows[:_LOOKED_AT])
