"""A text of delimited fields (CSV) as a table of text cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from quantity.ahead import one_ahead
from training.input_files.formats.cells import rows_of_text
from training.input_files.formats.description import FileDescription, SkippedRows, UnusableFileError
from training.input_files.formats.header_line import empty
from training.input_files.formats.kinds import TEXT, naming_note
from training.input_files.formats.row_faults import RowFaults, not_text
from training.input_files.formats.rows import NOTHING, Shape
from training.input_files.formats.sums import is_sum_row, may_hold_sums
from training.input_files.formats.text.blocks import Text
from training.input_files.formats.text.dialect import dialect_of
from training.input_files.formats.text.encodings import REPLACEMENT, WINDOWS_1252
from training.input_files.formats.text.fast_rows import FastRows, Rows
from training.input_files.formats.text.mistaken import ensure_table
from training.input_files.formats.text.records import OpenQuoteError, sort_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    import pyarrow as pa

    from training.input_files.formats.content import Content
    from training.input_files.formats.rows import SortedRows
    from training.input_files.formats.text.blocks import TextBlock, TextBlocks
    from training.input_files.formats.text.dialect import Dialect

_HEAD_CHARACTERS: Final = 1 << 16
_TAIL_BYTES: Final = 1 << 16


@dataclass(frozen=True)
class _Stretch:
    """Where the rows of a block stand.

    Attributes:
        size: of the block, in bytes as they are read.
        data_line: the line of the block on which its rows begin.
        rows: number of rows yielded.
    """

    size: int
    data_line: int
    rows: int


class DelimitedTable:
    """The rows of a delimited text.

    Blocks of well-formed rows go through Arrow's reader. A block with any other row is read record by record, and
    so are the few blocks of which line numbers are asked.

    Attributes:
        path: the file.
        header: the names in the header line.
    """

    def __init__(self, content: Content, encoding: str | None, known: Collection[str]) -> None:
        """Find out encoding, delimiter and header.

        Args:
            content: the file's content.
            encoding: as the user says; None to find it out.
            known: normalized column names to look for.

        Raises:
            UnusableFileError: if the text holds no table.
        """
        self.path = content.path
        self._content = content
        self._text = Text(content, encoding)
        self._dialect = self._find_dialect(known)
        self.header = self._dialect.header
        self._shape = Shape(0, 0, ())
        self._faults = RowFaults(self.path.name)
        self._stretches: list[_Stretch] = []
        self._empty = 0
        self._trailing = 0

    @property
    def description(self) -> FileDescription:
        """How the file is read; complete when ``batches`` is exhausted."""
        decoder = self._text.decoder
        notes = list(naming_note(self._content, TEXT))
        if self._dialect.separator_line:
            notes.append(f"line 1 is sep={self._dialect.delimiter}")
        if decoder.encoding == WINDOWS_1252 and decoder.words:
            words = ", ".join(f"{word!r} on line {line}" for line, word in decoder.words)
            notes.append(f"read as Windows-1252: {words}")
        return FileDescription(
            self.path.name, TEXT, decoder.encoding, self._dialect.delimiter, self._content.compression, tuple(notes)
        )

    @property
    def skipped(self) -> SkippedRows:
        """Counts of rows left out or repaired; final when ``batches`` is exhausted."""
        return SkippedRows(self._empty, self._trailing)

    @property
    def faults(self) -> list[str]:
        """What is wrong with the file, a paragraph a fault; final when ``batches`` is exhausted."""
        return self._faults.told(len(self.header), self._text.decoder.encoding)

    def batches(self, positions: Sequence[int], progress: Callable[[float], None]) -> Iterator[pa.RecordBatch]:
        """Read the rows: see `TextTable.batches`."""
        named = max((position + 1 for position, name in enumerate(self.header) if name), default=0)
        self._shape = Shape(len(self.header), named, tuple(positions))
        for batch, share in one_ahead(self._blocks_of_rows()):
            progress(share)
            if batch.num_rows:
                yield batch

    def lines(self, rows: Collection[int]) -> dict[int, int]:
        """Where rows stand: see `TextTable.lines`."""
        wanted = set(rows)
        found: dict[int, int] = {}
        first_row = 0
        with self._text.open() as blocks:
            for stretch in self._stretches:
                if len(found) == len(wanted):
                    break
                here = [row for row in wanted if first_row <= row < first_row + stretch.rows]
                block = blocks.take(stretch.size)
                if here:
                    records, _ = self._sorted(block.since(stretch.data_line))
                    found |= {row: records.rows[row - first_row].line for row in here}
                first_row += stretch.rows
        return found

    def _blocks_of_rows(self) -> Iterator[tuple[pa.RecordBatch, float]]:
        """The rows block by block, each with the share of the file read."""
        fast = FastRows(self._dialect.delimiter, self._shape)
        try:
            with self._text.open() as blocks:
                while not self._faults.stopped and (block := blocks.next()):
                    yield self._read(block, fast, blocks).batch, blocks.share
        except UnusableFileError as error:
            self._faults.stop(str(error))

    def _find_dialect(self, known: Collection[str]) -> Dialect:
        name = self.path.name
        with self._text.open() as blocks:
            block = blocks.next()
        if block is None or not block.data.strip():
            raise empty(name, known)
        head = block.data.decode()
        ensure_table(name, head[:_HEAD_CHARACTERS])
        try:
            dialect = dialect_of(name, head, known)
        except OpenQuoteError as error:
            raise UnusableFileError(f"{name}: {_never_closed(error.line)}") from error
        if block.damaged and any(REPLACEMENT in cell for cell in dialect.header):
            raise UnusableFileError(f"{name}: the header {not_text(self._text.decoder.encoding)}")
        return dialect

    def _read(self, block: TextBlock, fast: FastRows, blocks: TextBlocks) -> Rows:
        """The rows of a block; what may go on behind its end is given back."""
        data_line = max(block.first_line, self._dialect.data_line)
        data = block if data_line == block.first_line else block.since(data_line)
        rows = None
        if data.data and not data.damaged and not (data.last and _may_end_with_sums(data.data)):
            rows = fast.read(data.data)
        if rows is None:
            rows, rest = self._read_records(data)
            if rest:
                blocks.give_back(rest)
                block = block.before(rest.first_line)
        self._stretches.append(_Stretch(len(block.raw), data_line, len(rows.batch)))
        self._empty += rows.empty
        self._trailing += rows.trailing
        return rows

    def _read_records(self, block: TextBlock) -> tuple[Rows, TextBlock | None]:
        """The rows of any block, its faults noted; and the part of it that may go on behind its end."""
        found, quote = self._sorted(block)
        rest = None
        if quote and (quote.too_long or block.last):
            self._faults.stop(f"{self.path.name}: {_never_closed(quote.line)}")
        elif quote:
            rest = block.since(quote.line)
        if block.last and not rest and found.rows and is_sum_row(found.rows[-1].fields):
            self._faults.sums = found.rows.pop()
        self._faults.add(found)
        batch = rows_of_text([record.fields for record in found.rows], self._shape.positions)
        return Rows(batch, found.empty, found.trailing), rest

    def _sorted(self, block: TextBlock) -> tuple[SortedRows, OpenQuoteError | None]:
        found, quote = sort_rows(block.data.decode(), self._dialect.delimiter, self._shape, block.first_line)
        if block.damaged:
            found.set_aside(REPLACEMENT)
        return found, quote


def _may_end_with_sums(data: bytes) -> bool:
    tail = data[-_TAIL_BYTES:].decode(errors="replace").rstrip(NOTHING + ",;|")
    return may_hold_sums(tail[max(tail.rfind("\n"), tail.rfind("\r")) + 1 :])


def _never_closed(line: int) -> str:
    return f"the quoted field that starts on line {line} is never closed"
