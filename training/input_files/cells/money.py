"""Cells of prices, in cents or in units of the currency."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from training.input_files.cells.cell import OncePerText, Parsed, blank
from training.input_files.cells.numbers import WholeNumber
from training.input_files.limits import PRICES

if TYPE_CHECKING:
    from collections.abc import Sequence

_CURRENCY_CODE = re.compile(r"^(?:[A-Z]{3}|kr\.?|Kč|zł)\s*|\s*(?:[A-Z]{3}|kr\.?|Kč|zł)$")
_NUMBER = re.compile(r"\+?[0-9]+(?:[.,][0-9]+)*")
_GROUPED = re.compile(r"[0-9]{1,3}(?:([ '\u2019])[0-9]{3})+(?:[.,][0-9]+)?")
_THOUSANDS = 3


@dataclass(frozen=True)
class Cents:
    """A price in whole cents; an empty cell is a missing price."""

    _cell: WholeNumber = field(default_factory=lambda: WholeNumber(PRICES, required=False))

    @property
    def expected(self) -> str:
        """What a cell must hold, in words."""
        return f"{self._cell.expected} (cents)"

    def parse(self, text: pa.StringArray) -> Parsed:
        """Turn cells into int64."""
        return self._cell.parse(text)

    def advice(self, examples: Sequence[str]) -> str:
        """Name the option where cells hold units of the currency."""
        for example in examples:
            cents = cents_of(example.strip())
            if cents is not None:
                read = f"reads {example.strip()!r} as {cents:,} cents"
                return f"Prices in units of the currency: `--price-unit units` (INPUT_PRICE_UNIT in .env) {read}."
        return ""


@dataclass(frozen=True)
class Units:
    """A price in units of the currency, read to cents; an empty cell is a missing price."""

    _reader: OncePerText = field(default_factory=lambda: OncePerText(cents_of))

    @property
    def expected(self) -> str:
        """What a cell must hold, in words."""
        return f"a price such as 12.50 or 12,50, at most {PRICES.high:,} cents, or nothing"

    def parse(self, text: pa.StringArray) -> Parsed:
        """Turn cells into int64, cents."""
        parsed = self._reader.parse(text)
        if parsed.faulty is None:
            return parsed
        return Parsed(parsed.values, pc.and_not(parsed.faulty, blank(text)))

    def advice(self, examples: Sequence[str]) -> str:
        """Say why a price with one separator and three digits is not read."""
        for example in examples:
            number = _bare(example.strip())
            if number is not None and _is_ambiguous(number):
                return (
                    f"{example.strip()!r} has two readings, thousands or three decimals: "
                    "write such prices without separators of thousands, or with two decimals."
                )
        return ""


def cents_of(text: str) -> int | None:
    """The cents of a price in units: signs and codes of currencies and unambiguous thousands are left out.

    Args:
        text: ``12.5``, ``12,50``, ``$1,234.50``, ``1.234,50 €``, ``EUR 12``.

    Returns:
        Cents, rounded half to even; None where there is no price, or two readings.
    """
    number = _bare(text)
    if number is None or _is_ambiguous(number):
        return None
    cents = int((Decimal(_with_decimal_point(number)) * 100).quantize(Decimal(1), ROUND_HALF_EVEN))
    return cents if PRICES.low <= cents <= PRICES.high else None


def _bare(text: str) -> str | None:
    """The digits and separators alone, None for anything that is no number."""
    signless = "".join(character for character in text if unicodedata.category(character) != "Sc").strip()
    number = _CURRENCY_CODE.sub("", signless).strip().replace("\u00a0", " ").replace("\u202f", " ")
    if _GROUPED.fullmatch(number):
        number = re.sub("[ '\u2019]", "", number)
    return number if _NUMBER.fullmatch(number) and len(number) <= 2 * len(str(PRICES.high)) else None


def _is_ambiguous(number: str) -> bool:
    """Whether a separator may be one of thousands or of decimals: ``1,234``."""
    separators = re.findall("[.,]", number)
    whole, *groups = re.split("[.,]", number.removeprefix("+"))
    if len(separators) == 1:
        return len(groups[0]) == _THOUSANDS and 0 < len(whole) <= _THOUSANDS and whole.strip("0") != ""
    if len(set(separators)) == 1:  # thousands alone: 1.234.567
        return any(len(group) != _THOUSANDS for group in groups)
    # Thousands, then one decimal separator, which is another.
    mixed = len(separators) > 1 and separators.count(separators[-1]) > 1
    return mixed or any(len(group) != _THOUSANDS for group in groups[:-1])


def _with_decimal_point(number: str) -> str:
    separators = re.findall("[.,]", number)
    if not separators:
        return number
    if len(separators) > 1 and len(set(separators)) == 1:
        return number.replace(separators[0], "")
    whole, decimals = number.rsplit(separators[-1], 1)
    return f"{re.sub('[.,]', '', whole)}.{decimals}"
