"""A file's table as text cells, whatever the format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from training.input_files.formats.content import content_of
from training.input_files.formats.delimited import DelimitedTable
from training.input_files.formats.description import FileDescription, SkippedRows, UnusableFileError
from training.input_files.formats.kinds import PARQUET, XLSX, kind_of
from training.input_files.formats.parquet import ParquetTable
from training.input_files.formats.spreadsheet import SpreadsheetTable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

__all__ = ["FileDescription", "SkippedRows", "TextTable", "UnusableFileError", "open_table"]


class TextTable(Protocol):
    """The rows of a file as text, read once, block by block.

    Attributes:
        path: the file.
        header: the names in the header line, without blanks around them.
    """

    path: Path
    header: tuple[str, ...]

    @property
    def description(self) -> FileDescription:
        """How the file is read; complete when ``batches`` is exhausted."""

    def batches(self, positions: Sequence[int], progress: Callable[[float], None]) -> Iterator[pa.RecordBatch]:
        """Read the rows; memory holds a block at a time.

        Args:
            positions: of the wanted columns in the header.
            progress: called with the share of the file read so far, 0 to 1.

        Yields:
            The cells as ``pa.string()``, a column for each position, empty text where there is nothing. Rows
            with nothing in these columns and rows of a wrong width are left out.
        """

    @property
    def skipped(self) -> SkippedRows:
        """Counts of rows left out or repaired; final when ``batches`` is exhausted."""

    @property
    def faults(self) -> list[str]:
        """What is wrong with the file, a paragraph a fault; final when ``batches`` is exhausted."""

    def lines(self, rows: Collection[int]) -> dict[int, int]:
        """Where rows stand.

        Args:
            rows: positions among the rows yielded, counted from 0; ``batches`` is exhausted.

        Returns:
            Row position to line number, as an editor counts (in a spreadsheet and in Parquet: the row's number).
        """


def open_table(path: Path, encoding: str | None = None, *, known: Collection[str] = ()) -> TextTable:
    """Find out what a file is, and its header.

    Args:
        path: the file; its content decides, not its name.
        encoding: of text, where it is not to be found out.
        known: column names, as `normalized` gives them, that help to find separator and header line.

    Raises:
        UnusableFileError: if it holds no table.
    """
    content = content_of(path)
    kind = kind_of(content)
    if kind == XLSX:
        return SpreadsheetTable(content, known)
    if kind == PARQUET:
        return ParquetTable(content)
    return DelimitedTable(content, encoding, known)
