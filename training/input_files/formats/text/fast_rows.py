"""The fast reader of delimited rows: what it cannot read faithfully, it leaves to `records`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from training.input_files.formats.cells import batch_of, holding
from training.input_files.formats.rows import NOTHING
from training.input_files.formats.text.blocks import count_lines

if TYPE_CHECKING:
    from training.input_files.formats.rows import Shape

_END: Final = "\0end of block\0"
_BLANK_LINES: Final = (b"\n\n", b"\n\r", b"\r\r")


class Rows(NamedTuple):
    """Rows of a block.

    Attributes:
        batch: the cells that are read.
        empty: number of records with nothing in these cells, left out.
        trailing: number of rows that had further empty fields.
    """

    batch: pa.RecordBatch
    empty: int
    trailing: int


class FastRows:
    """Reads blocks of rows that are all alike, as those of most files are."""

    def __init__(self, delimiter: str, shape: Shape) -> None:
        """Get ready for a table.

        Args:
            delimiter: between fields.
            shape: of the rows.
        """
        self._delimiter = delimiter
        self._shape = shape
        self._extra = 0

    def read(self, data: bytes) -> Rows | None:
        """Read a block of whole lines in UTF-8.

        Returns:
            The rows; None if any has another width, is torn by the block's end, or may be a blank line
            inside quotes.
        """
        quoted = b'"' in data
        if quoted and (data[:1] in b"\r\n" or any(blank in data for blank in _BLANK_LINES)):
            return None
        for extra in dict.fromkeys((self._extra, self._extra_of(data))):
            table = self._parsed(data, self._shape.width + extra, closed=not quoted)
            if table is not None:
                self._extra = extra
                return self._rows(table, extra, 0 if quoted else _lines(data) - len(table))
        return None

    def _extra_of(self, data: bytes) -> int:
        """Number of fields that the first row has beyond the header's."""
        count = data.count(self._delimiter.encode(), 0, data.find(b"\n")) + 1
        return max(count - self._shape.width, 0)

    def _parsed(self, data: bytes, width: int, *, closed: bool) -> pa.Table | None:
        """The columns that are read, and those beyond the header, which must be blank."""
        wanted = [str(position) for position in (*self._shape.positions, *range(self._shape.width, width))]
        if not closed:
            data = b"".join([data, b"" if data[-1:] in b"\r\n" else b"\n", self._end(width)])
        try:
            table = csv.read_csv(
                pa.BufferReader(data),
                csv.ReadOptions(column_names=[str(position) for position in range(width)], block_size=len(data) + 1),
                csv.ParseOptions(delimiter=self._delimiter, newlines_in_values=True),
                csv.ConvertOptions(include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string())),
            )
        except pa.ArrowInvalid:
            return None
        if closed:
            return table
        return table[:-1] if table[0][-1].as_py() == _END else None

    def _end(self, width: int) -> bytes:
        """A row that is only found if no quoted field is open."""
        return self._delimiter.join([_END] * width).encode()

    def _rows(self, table: pa.Table, extra: int, blank_lines: int) -> Rows | None:
        columns = [column.combine_chunks() for column in table.columns]
        beyond = columns[len(self._shape.positions) :]
        if not all(pc.all(pc.equal(pc.utf8_trim(column, NOTHING), ""), min_count=0).as_py() for column in beyond):
            return None
        batch = batch_of(columns[: len(self._shape.positions)])
        kept = holding(batch)
        filled = batch if kept is None else batch.filter(kept)
        empty = len(batch) - len(filled)
        return Rows(filled, empty + blank_lines, len(filled) if extra else 0)


def _lines(data: bytes) -> int:
    return count_lines(data) + (data[-1:] not in b"\r\n")
