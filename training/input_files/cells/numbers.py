"""Cells of whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from training.input_files.cells.cell import Parsed
from training.input_files.limits import LARGEST_INT64, QUANTITIES, Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTEGRAL_DECIMAL = r"^(-?[0-9]+)\.0+$"
_LARGEST = str(LARGEST_INT64)


@dataclass(frozen=True)
class WholeNumber:
    """A whole number within limits.

    ``12``, ``" 12 "``, ``+12``, ``012`` and ``12.0`` are 12. Exponents, hexadecimal digits, thousands
    separators, ``NaN`` and ``inf`` are faults, and so is everything outside the limits.
    """

    limits: Limits[int]
    required: bool = True

    @property
    def expected(self) -> str:
        """What a cell must hold, in words."""
        return in_words(self.limits, required=self.required)

    def parse(self, text: pa.StringArray) -> Parsed:
        """Turn cells into int64."""
        numbers = plain_numbers(text)
        if numbers is not None and all_within(numbers, self.limits):
            return Parsed(numbers)
        digits = tidy_digits(text)
        numbers = to_int64(digits, signed=self.limits.low < 0)
        faulty = pc.invert(within(numbers, self.limits))
        if not self.required:
            faulty = pc.and_not(faulty, pc.equal(digits, ""))
        return Parsed(numbers, faulty)

    def advice(self, _: Sequence[str]) -> str:
        """Nothing but to correct the cells."""
        return ""


@dataclass(frozen=True)
class Quantity:
    """Cases ordered; 0 and less, too, where returns are not refused.

    Attributes:
        allow_returns: whether a quantity may be 0 or less.
    """

    allow_returns: bool = False

    @property
    def _cell(self) -> WholeNumber:
        return WholeNumber(Limits(-QUANTITIES.high, QUANTITIES.high) if self.allow_returns else QUANTITIES)

    @property
    def expected(self) -> str:
        """What a cell must hold, in words."""
        return self._cell.expected

    def parse(self, text: pa.StringArray) -> Parsed:
        """Turn cells into int64."""
        return self._cell.parse(text)

    def advice(self, examples: Sequence[str]) -> str:
        """Name the option where lines are returns."""
        returned = to_int64(tidy_digits(pa.array(examples, pa.string())), signed=True)
        if not pc.any(pc.less_equal(returned, 0)).as_py():
            return ""
        return (
            "Returns and zeros: `--returns drop` sets these lines aside, `--returns net` subtracts them from the "
            "orders before (INPUT_RETURNS in .env)."
        )


def in_words(limits: Limits[int], *, required: bool) -> str:
    """What a cell must hold where it takes whole numbers."""
    words = f"a whole number from {limits.low} to {limits.high}"
    return words if required else f"{words}, or nothing"


def plain_numbers(text: pa.StringArray) -> pa.Int64Array | None:
    """The numbers of cells that are all digits and fit, which most columns hold; None for any other cells."""
    _, ends, characters = text.buffers()
    if not len(text) or characters is None:
        return None
    first, last = np.frombuffer(ends, np.int32)[[text.offset, text.offset + len(text)]]
    written = np.frombuffer(characters, np.uint8)[first:last]
    if not len(written) or written.min() < ord("0") or written.max() > ord("9"):
        return None
    try:
        return text.cast(pa.int64())
    except pa.ArrowInvalid:  # an empty cell, or a number that is too large
        return None


def all_within(numbers: pa.Int64Array, limits: Limits[int]) -> bool:
    """Whether there are no other than numbers within the limits."""
    ends = pc.min_max(numbers)
    return not numbers.null_count and ends["min"].as_py() >= limits.low and ends["max"].as_py() <= limits.high


def tidy_digits(text: pa.StringArray) -> pa.StringArray:
    """Without blanks around, a plus sign, and the ``.0`` that a float column is written with."""
    plain = pc.replace_substring_regex(pc.utf8_trim_whitespace(text), _INTEGRAL_DECIMAL, r"\1")
    return pc.replace_substring_regex(plain, r"^\+([0-9])", r"\1")


def to_int64(text: pa.StringArray, *, signed: bool = False) -> pa.Int64Array:
    """The numbers, null for whatever is not all digits, with a minus sign if ``signed``, or exceeds int64."""
    digits = pc.replace_substring_regex(text, "^-", "") if signed else text
    significant = pc.ascii_ltrim(digits, "0")
    length = pc.binary_length(significant)
    as_long = pc.equal(length, len(_LARGEST))
    fits = pc.or_(pc.less(length, len(_LARGEST)), pc.and_(as_long, pc.less_equal(significant, _LARGEST)))
    return pc.if_else(pc.and_(pc.ascii_is_decimal(digits), fits), text, None).cast(pa.int64())


def within(numbers: pa.Int64Array, limits: Limits[int]) -> pa.BooleanArray:
    """True for numbers within the limits, false for others and for none."""
    inside = pc.and_(pc.greater_equal(numbers, limits.low), pc.less_equal(numbers, limits.high))
    return pc.fill_null(inside, fill_value=False)
