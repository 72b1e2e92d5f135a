"""What a cell of the CSV files may hold: text to checked values, a column at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

LARGEST_ID = 2**31 - 1
LARGEST_INT64 = 2**63 - 1

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INTEGRAL_DECIMAL = r"^([0-9]+)\.0+$"
_LARGEST = str(LARGEST_INT64)
_LONGEST_TEXT = 255
_REPLACEMENT_CHARACTER = "\ufffd"


@dataclass(frozen=True)
class Parsed:
    """A column's values beside the cells that hold none.

    Attributes:
        values: one value per cell, null where the cell is empty or faulty.
        faulty: true where the cell breaks the contract.
    """

    values: pa.Array
    faulty: pa.BooleanArray


class CellType(Protocol):
    """A kind of cell: says what it expects and turns text into values."""

    @property
    def expected(self) -> str:
        """What a cell must hold, in words for the reader of an error."""

    def parse(self, text: pa.StringArray) -> Parsed:
        """Turn cells into values; blanks around a value do not count."""


@dataclass(frozen=True)
class WholeNumber:
    """A whole number from ``low`` (at least 0) to ``high``.

    ``12``, ``" 12 "``, ``012`` and ``12.0`` are 12. Signs, exponents, hexadecimal digits, thousands
    separators, ``NaN`` and ``inf`` are faults, and so is everything outside the range.
    """

    low: int
    high: int
    required: bool = True

    @property
    def expected(self) -> str:
        """What a cell must hold, in words."""
        return f"a whole number from {self.low} to {self.high}" + ("" if self.required else ", or nothing")

    def parse(self, text: pa.StringArray) -> Parsed:
        """Turn cells into int64."""
        digits = text if _all_digits(text) else _tidy_digits(text)
        numbers = _to_int64(digits)
        in_range = pc.and_(pc.greater_equal(numbers, self.low), pc.less_equal(numbers, self.high))
        faulty = pc.invert(pc.fill_null(in_range, fill_value=False))
        if not self.required:
            faulty = pc.and_not(faulty, pc.equal(digits, ""))
        return Parsed(numbers, faulty)


@dataclass(frozen=True)
class IsoDate:
    """A date of the calendar written ``YYYY-MM-DD``; years outside 1900 to 2199 are typing errors."""

    first: date = date(1900, 1, 1)
    last: date = date(2199, 12, 31)

    @property
    def expected(self) -> str:
        """What a cell must hold, in words."""
        return f"a date YYYY-MM-DD from {self.first} to {self.last}"

    def parse(self, text: pa.StringArray) -> Parsed:
        """Turn cells into date32; each distinct text is read once."""
        distinct = text.dictionary_encode()
        days = [self._to_date(cell) for cell in distinct.dictionary.to_pylist()]
        values = pa.array(days, pa.date32()).take(distinct.indices)
        return Parsed(values, pc.is_null(values))

    def _to_date(self, cell: str) -> date | None:
        cell = cell.strip()
        if not _DATE.fullmatch(cell):
            return None
        try:
            day = date.fromisoformat(cell)
        except ValueError:
            return None
        return day if self.first <= day <= self.last else None


@dataclass(frozen=True)
class Text:
    """Text of at most 255 characters; an empty cell is a missing value."""

    @property
    def expected(self) -> str:
        """What a cell must hold, in words."""
        return f"UTF-8 text of at most {_LONGEST_TEXT} characters"

    def parse(self, text: pa.StringArray) -> Parsed:
        """Strip blanks; nothing left is missing."""
        stripped = pc.utf8_trim_whitespace(text)
        too_long = pc.greater(pc.utf8_length(stripped), _LONGEST_TEXT)
        faulty = pc.or_(too_long, pc.match_substring(stripped, _REPLACEMENT_CHARACTER))
        return Parsed(pc.if_else(pc.equal(stripped, ""), None, stripped), faulty)


def decode(cells: pa.BinaryArray) -> pa.StringArray:
    """Bytes to text; what is not UTF-8 becomes U+FFFD, which no kind of cell accepts."""
    try:
        return cells.cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([cell.decode("utf-8", "replace") for cell in cells.to_pylist()], pa.string())


def _all_digits(text: pa.StringArray) -> bool:
    return bool(pc.all(pc.ascii_is_decimal(text), min_count=0).as_py())


def _tidy_digits(text: pa.StringArray) -> pa.StringArray:
    """Without surrounding blanks, and without the ``.0`` that a float column is written with."""
    return pc.replace_substring_regex(pc.utf8_trim_whitespace(text), _INTEGRAL_DECIMAL, r"\1")


def _to_int64(text: pa.StringArray) -> pa.Int64Array:
    """The numbers, null for whatever is not all digits or exceeds int64."""
    significant = pc.ascii_ltrim(text, "0")
    length = pc.binary_length(significant)
    if _all_digits(text) and pc.max(length).as_py() < len(_LARGEST):
        return text.cast(pa.int64())
    as_long = pc.equal(length, len(_LARGEST))
    fits = pc.or_(pc.less(length, len(_LARGEST)), pc.and_(as_long, pc.less_equal(significant, _LARGEST)))
    return pc.if_else(pc.and_(pc.ascii_is_decimal(text), fits), text, None).cast(pa.int64())
