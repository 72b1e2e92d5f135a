"""Cells of dates: the day that is written, or on which a time with a zone falls."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from training.input_files.cells.cell import OncePerText, Parsed
from training.input_files.cells.date_advice import advice_on
from training.input_files.cells.written_dates import day_of, epoch_day, excel_day, formatted_day, local_day
from training.input_files.limits import DATES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ISO_LENGTH: Final = len("2025-01-06")
_NAIVE = r"^(\d{4}-\d{2}-\d{2})(?:[T ] *(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?)$"
_ZONED = (
    r"^(\d{{4}}-\d{{2}}-\d{{2}})[T ] *(\d{{2}}):(?:{minutes})(?::[0-5]\d(?:[.,]\d+)?)?"
    r" ?(Z|UTC|[+-]\d{{2}}(?::?\d{{2}})?)$"
)
_QUARTERS: Final = {"00": r"0\d|1[0-4]", "15": r"1[5-9]|2\d", "30": r"3\d|4[0-4]", "45": r"4[5-9]|5\d"}
_EPOCH_DAY: Final = dt.date(1970, 1, 1)

EXCEL: Final = "excel"
EPOCH: Final = "epoch"


@dataclass(frozen=True)
class Dates:
    """A date of the calendar from 1900 to 2199.

    Read as they are: ``2025-01-06`` and ``2025/01/06``, with or without a time and a zone; ``20250106``;
    ``06.01.2025``, day first; ``6-Jan-2025`` and ``January 6, 2025``. Dates with two readings, serial numbers
    and seconds are read with a format alone.

    Attributes:
        date_format: a ``strptime`` format, `EXCEL` or `EPOCH`; None: none.
        time_zone: decides the day of a time that has a zone.
    """

    date_format: str | None = None
    time_zone: str = "UTC"
    _days: OncePerText = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_days", OncePerText(self._day_number))

    @property
    def expected(self) -> str:
        """What a cell must hold, in words."""
        extra = f" or as {self.date_format}" if self.date_format else ""
        return f"a date YYYY-MM-DD{extra} from {DATES.low} to {DATES.high}"

    def parse(self, text: pa.StringArray) -> Parsed:
        """Turn cells into date32."""
        parsed = self._days.parse(_without_times(text))
        return Parsed(parsed.values.cast(pa.int32()).view(pa.date32()), parsed.faulty)

    def advice(self, examples: Sequence[str]) -> str:
        """Name the format that reads dates like these."""
        return advice_on(examples, ZoneInfo(self.time_zone))

    def _day_number(self, cell: str) -> int | None:
        for read in self._readers():
            day = read(cell)
            if day is not None:
                return (day - _EPOCH_DAY).days if DATES.low <= day <= DATES.high else None
        return None

    def _readers(self) -> list[Callable[[str], dt.date | None]]:
        zone = ZoneInfo(self.time_zone)
        plain: list[Callable[[str], dt.date | None]] = [lambda cell: local_day(cell, zone), day_of]
        if self.date_format is None:
            return plain
        if self.date_format == EXCEL:
            return [*plain, excel_day]
        if self.date_format == EPOCH:
            return [*plain, lambda cell: epoch_day(cell, zone)]
        date_format = self.date_format
        return [lambda cell: formatted_day(cell, date_format), *plain]


def _without_times(text: pa.StringArray) -> pa.StringArray | pa.DictionaryArray:
    """Cut times without a zone, and round times with one to quarters of an hour, so that few distinct texts are left.

    Days begin at quarters of an hour: no zone has had another offset since 1972.
    """
    if (pc.max(pc.binary_length(text)).as_py() or 0) <= _ISO_LENGTH:
        return text
    distinct = pc.utf8_trim_whitespace(text).dictionary_encode()
    shorter = pc.replace_substring_regex(distinct.dictionary, _NAIVE, r"\1")
    if (pc.max(pc.binary_length(shorter)).as_py() or 0) > _ISO_LENGTH:
        for quarter, minutes in _QUARTERS.items():
            pattern = _ZONED.format(minutes=minutes)
            shorter = pc.replace_substring_regex(shorter, pattern, rf"\1T\2:{quarter}\3")
    again = shorter.dictionary_encode()
    return pa.DictionaryArray.from_arrays(again.indices.take(distinct.indices), again.dictionary)
