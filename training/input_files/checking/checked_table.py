"""One pass over a table: blocks of text in, checked values and faults out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from training.input_files.faults import SHOWN, Fault, listing, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from training.input_files.cells.cell import CellType
    from training.input_files.text_table import TextTable

FEW: Final = 0.05
"""Share of a column up to which cells unlike the others are typing errors."""


class CheckedTable:
    """The rows of a file, read block by block: memory holds the values, not the text.

    Attributes:
        name: the file's name.
        columns: column of the layout to its values, block by block; whole numbers in 32 bits where a block's fit.
        rows: number of rows read.
        faults: column of the layout to its faulty cells.
        doubts: column of the layout to cells that are faulty if they are few.
        headers: rows that hold the header once more.
    """

    def __init__(self, table: TextTable, positions: Mapping[str, int], cells: Mapping[str, CellType]) -> None:
        """Prepare the pass.

        Args:
            table: the file.
            positions: column of the layout to its position in the header.
            cells: what the cells of these columns, or of more, hold.
        """
        self.name = table.path.name
        self.table = table
        self.columns: dict[str, list[pa.Array]] = {column: [] for column in positions}
        self.rows = 0
        self.faults = {column: Fault(cells[column].expected) for column in positions}
        self.doubts = {column: Fault(cells[column].expected) for column in positions}
        self.headers: list[int] = []
        self._positions = positions
        self._cells = {column: cells[column] for column in positions}

    def read(self, progress: Callable[[float], None]) -> None:
        """Read the file.

        Args:
            progress: called with the share of the file read so far, 0 to 1.
        """
        for batch in self.table.batches(list(self._positions.values()), progress):
            repeated = self._repeated_headers(batch)
            for (column, cell), text in zip(self._cells.items(), batch.columns, strict=True):
                self._check(column, cell, text, repeated)
            self.rows += len(batch)

    def settle(self, *, text_ids: bool) -> None:
        """Count doubtful cells as faulty where they are few.

        Args:
            text_ids: whether text may stand beside numbers in any number.
        """
        for column, doubt in self.doubts.items():
            if not text_ids and doubt.count <= FEW * self.rows:
                self.faults[column].merge(doubt)

    def problems(self) -> list[str]:
        """Tell what is wrong with the rows, with line numbers."""
        faulty = {column: fault for column, fault in self.faults.items() if fault.count}
        if not self.has_faults:
            return []
        rows = {row for fault in faulty.values() for row in fault.rows}
        line_of = self.table.lines(rows.union(self.headers[:SHOWN]))
        told = [
            fault.describe(self.name, column, line_of, self._cells[column].advice(fault.texts))
            for column, fault in faulty.items()
        ]
        if self.headers:
            lines = [(line_of.get(row), "the header") for row in self.headers[:SHOWN]]
            told.insert(0, listing(f"{self.name}: repeats its header; remove these lines", lines, len(self.headers)))
        return self.table.faults + told

    @property
    def has_faults(self) -> bool:
        """Whether `problems` tells any, once the table is settled."""
        return bool(self.headers or self.table.faults or any(fault.count for fault in self.faults.values()))

    def contradictions(self, column: str, rows: Sequence[int], text_of: Callable[[int], str]) -> str:
        """Tell that rows say different things of one thing.

        Args:
            column: the column that names the thing.
            rows: these rows, ascending.
            text_of: the column's value as the file has it.
        """
        first = rows[:SHOWN]
        line_of = self.table.lines(first)
        blocks = [block.cast(pa.int64()) for block in self.columns[column]]
        keys = pa.chunked_array(blocks).take(first).to_pylist()
        lines = [(line_of.get(row), shown(text_of(key))) for row, key in zip(first, keys, strict=True)]
        title = f"{self.name}, column {column}: expected each {column} once, or the same values again"
        return listing(title, lines, len(rows))

    def _check(self, column: str, cell: CellType, text: pa.StringArray, repeated: pa.BooleanArray | None) -> None:
        parsed = cell.parse(text)
        self.columns[column].append(_narrow(parsed.values))
        for fault, cells in ((self.faults[column], parsed.faulty), (self.doubts[column], parsed.doubtful)):
            if cells is not None:
                fault.add(text, cells if repeated is None else pc.and_not(cells, repeated), self.rows)

    def _repeated_headers(self, batch: pa.RecordBatch) -> pa.BooleanArray | None:
        """True for rows that hold the header; None if there is none among them."""
        names = [self.table.header[position] for position in self._positions.values()]
        repeated = pc.equal(batch.column(0), names[0])
        if not pc.any(repeated).as_py():
            return None
        for column, name in zip(batch.columns[1:], names[1:], strict=True):
            repeated = pc.and_(repeated, pc.equal(pc.utf8_trim_whitespace(column), name))
        self.headers += [self.rows + row for row in pc.indices_nonzero(repeated).to_pylist()]
        return repeated


def _narrow(values: pa.Array) -> pa.Array:
    if values.type != pa.int64():
        return values
    try:
        return values.cast(pa.int32())
    except pa.ArrowInvalid:
        return values
