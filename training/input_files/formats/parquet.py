"""A Parquet file as a table of text cells."""

from __future__ import annotations

import io
from bisect import bisect_right
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from training.input_files.formats.cells import batch_of, holding
from training.input_files.formats.description import FileDescription, SkippedRows, UnusableFileError
from training.input_files.formats.kinds import PARQUET, naming_note
from training.input_files.formats.value_text import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from training.input_files.formats.content import Content

_BATCH_ROWS: Final = 1 << 16


class ParquetTable:
    """The rows of a Parquet file.

    Attributes:
        path: the file.
        header: the columns' names.
    """

    def __init__(self, content: Content) -> None:
        """Read the schema.

        Args:
            content: the file's content.

        Raises:
            UnusableFileError: if the file is damaged.
        """
        self.path = content.path
        self._content = content
        with self._open() as file:
            self._names = tuple(file.schema_arrow.names)
            self._total = max(file.metadata.num_rows, 1)
        self.header = tuple(name.strip() for name in self._names)
        self._left_out: list[int] = []
        self._faults: list[str] = []

    @property
    def description(self) -> FileDescription:
        """How the file is read."""
        notes = naming_note(self._content, PARQUET)
        return FileDescription(self.path.name, PARQUET, compression=self._content.compression, notes=notes)

    @property
    def skipped(self) -> SkippedRows:
        """Counts of rows left out; final when ``batches`` is exhausted."""
        return SkippedRows(empty=len(self._left_out))

    @property
    def faults(self) -> list[str]:
        """What is wrong with the file; final when ``batches`` is exhausted."""
        return self._faults

    def batches(self, positions: Sequence[int], progress: Callable[[float], None]) -> Iterator[pa.RecordBatch]:
        """Read the rows: see `TextTable.batches`."""
        first = 0
        try:
            with self._open() as file:
                names = [self._names[position] for position in positions]
                for batch in file.iter_batches(_BATCH_ROWS, columns=names):
                    yield self._filled(batch_of([_texts(batch.column(name)) for name in names]), first)
                    first += len(batch)
                    progress(first / self._total)
        except UnusableFileError as error:
            self._faults.append(str(error))

    def lines(self, rows: Collection[int]) -> dict[int, int]:
        """Where rows stand: see `TextTable.lines`."""
        shifted = [position - count for count, position in enumerate(self._left_out)]
        return {row: row + bisect_right(shifted, row) + 1 for row in rows}

    @contextmanager
    def _open(self) -> Iterator[pq.ParquetFile]:
        try:
            if not self._content.compression:
                with pq.ParquetFile(self.path) as file:
                    yield file
                return
            with self._content.open() as stream:
                unpacked = io.BytesIO(stream.read())
            with pq.ParquetFile(unpacked) as file:
                yield file
        except (pa.ArrowException, OSError) as error:
            raise UnusableFileError(
                f"{self.path.name}: cannot be read as Parquet: {error}; copy or export it again"
            ) from error

    def _filled(self, batch: pa.RecordBatch, first: int) -> pa.RecordBatch:
        """The rows that hold anything."""
        kept = holding(batch)
        if kept is None:
            return batch
        self._left_out += [first + position for position in pc.indices_nonzero(pc.invert(kept)).to_pylist()]
        return batch.filter(kept)


def _texts(column: pa.Array) -> pa.StringArray:
    """A column as text; each distinct value of other types than text and whole numbers is written once."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_integer(column.type) or pa.types.is_large_string(column.type) or pa.types.is_string(column.type):
        return pc.fill_null(column.cast(pa.string()), "")
    if pa.types.is_timestamp(column.type):
        column = _in_microseconds(column)
    if pa.types.is_nested(column.type) or pa.types.is_null(column.type):
        return pa.array([text_of(value) for value in column.to_pylist()], pa.string())
    distinct = column.dictionary_encode(null_encoding="encode")
    texts = pa.array([text_of(value) for value in distinct.dictionary.to_pylist()], pa.string())
    return pc.fill_null(texts.take(distinct.indices), "")


def _in_microseconds(column: pa.TimestampArray) -> pa.TimestampArray:
    """Nanoseconds say nothing of a day, and Python's moments have none."""
    return column.cast(pa.timestamp("us", column.type.tz), safe=False)
