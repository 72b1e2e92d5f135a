"""One pass over a CSV file: blocks of rows in, checked values and faults out."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from training.input_files.faults import SHOWN, Fault, listing
from training.input_files.lines import check_quotes, locate, of_wrong_width, unpacked
from training.input_files.values import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from training.input_files.layout import FileLayout

_BLOCK_BYTES: Final = 1 << 20


class CheckedBlocks:
    """The rows of a CSV file, read block by block: memory holds the values, not the text.

    Faults are noted by row; only if there are any, the file is read again for the line numbers.

    Attributes:
        columns: column name, as in the layout, to its values, block by block.
        rows: number of rows read, without those of a wrong width.
    """

    def __init__(self, path: Path, layout: FileLayout, names: dict[str, str], width: int) -> None:
        """Prepare the pass.

        Args:
            path: the file.
            layout: what its cells may hold.
            names: column name as in the layout to the name as in the header.
            width: number of fields of a row.
        """
        self.columns: dict[str, list[pa.Array]] = {column: [] for column in names}
        self.rows = 0
        self._path = path
        self._names = names
        self._width = width
        self._cells = {column: layout.columns[column] for column in names}
        self._faults = {column: Fault(cell.expected) for column, cell in self._cells.items()}
        self._wrong_width = 0
        self._quotes_open = False
        self._broken = ""

    def read(self, progress: Callable[[float], None]) -> None:
        """Read the file.

        Args:
            progress: called with the share of the file read so far, 0 to 1.

        Raises:
            OSError: if it cannot be read; EOFError or zlib.error if it is damaged.
        """
        with self._path.open("rb") as file:
            source = _Source(file, self._path)
            try:
                for batch in self._batches(source):
                    self._check(batch)
                    progress(source.share)
            except pa.ArrowInvalid as error:
                self._broken = str(error)
        self._quotes_open = source.quotes % 2 == 1

    def problems(self) -> list[str]:
        """Tell what is wrong with the rows, with line numbers.

        Raises:
            UnclosedQuoteError: if a quoted field is never closed.
        """
        if self._quotes_open or self._broken:
            check_quotes(self._path)
        told = [f"{self._path.name}: cannot be read as CSV: {self._broken}"] if self._broken else []
        return told + list(self._width_problems()) + list(self._cell_problems())

    def _batches(self, source: _Source) -> Iterator[pa.RecordBatch]:
        yield from csv.open_csv(
            pa.PythonFile(source, mode="r"),
            read_options=csv.ReadOptions(block_size=_BLOCK_BYTES),
            parse_options=csv.ParseOptions(newlines_in_values=True, invalid_row_handler=self._skip),
            convert_options=csv.ConvertOptions(
                include_columns=list(self._names.values()),
                column_types=dict.fromkeys(self._names.values(), pa.binary()),
            ),
        )

    def _skip(self, _: csv.InvalidRow) -> str:
        self._wrong_width += 1
        return "skip"

    def _check(self, batch: pa.RecordBatch) -> None:
        for (column, cell), bytes_ in zip(self._cells.items(), batch.columns, strict=True):
            text = decode(bytes_)
            parsed = cell.parse(text)
            self.columns[column].append(parsed.values)
            if pc.any(parsed.faulty).as_py():
                self._faults[column].add(text, parsed.faulty, self.rows)
        self.rows += len(batch)

    def _width_problems(self) -> Iterator[str]:
        if self._wrong_width:
            odd = of_wrong_width(self._path, self._width, SHOWN)
            lines = [(record.line, f"{len(record.fields)} found") for record in odd]
            title = f"{self._path.name}: expected {self._width} fields a row, as in the header"
            yield listing(title, lines, self._wrong_width)

    def _cell_problems(self) -> Iterator[str]:
        faults = {column: fault for column, fault in self._faults.items() if fault.count}
        if faults:
            rows = {row for fault in faults.values() for row in fault.rows}
            line_of = locate(self._path, rows, self._width)
            for column, fault in faults.items():
                yield fault.describe(self._path.name, column, line_of)


class _Source:
    """The file as Arrow reads it: unpacked, with the quotes counted on the way."""

    closed = False

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self.quotes = 0
        self._file = file
        self._content = unpacked(file, path)
        self._size = max(path.stat().st_size, 1)

    @property
    def share(self) -> float:
        """The share of the file read so far, 0 to 1."""
        return self._file.tell() / self._size

    def read(self, size: int = -1) -> bytes:
        """Read the next bytes."""
        block = self._content.read(size)
        self.quotes += block.count(b'"')
        return block

    def close(self) -> None:
        """Leave the file to whoever opened it."""
        self.closed = True
