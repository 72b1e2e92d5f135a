"""What a file turned out to be."""

from __future__ import annotations

from dataclasses import dataclass


class UnusableFileError(Exception):
    """A file that holds no table; the message is one sentence: the file, what it is, what to do."""


@dataclass(frozen=True)
class FileDescription:
    """How a file was read.

    Attributes:
        name: the file's name.
        format: ``CSV``, ``XLSX``, ``Parquet`` …
        encoding: of text, as Python names it; empty for other formats.
        delimiter: between the fields of text; empty for other formats.
        compression: ``gzip``, ``zip``, or empty.
        notes: what the reader should know, a sentence each: a name that does not fit, converted words.
    """

    name: str
    format: str
    encoding: str = ""
    delimiter: str = ""
    compression: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SkippedRows:
    """Rows that were not read as they stand.

    Attributes:
        empty: rows that hold nothing, left out: blanks, separators alone, an end-of-file mark.
        trailing: rows with further empty fields at the end, which were read without them.
    """

    empty: int = 0
    trailing: int = 0
