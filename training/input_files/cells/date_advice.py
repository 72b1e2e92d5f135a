"""What to do about dates that have several readings, or none."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from training.input_files.cells.written_dates import epoch_day, excel_day, formatted_day
from training.input_files.limits import DATES, Limits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

_SHORT = re.compile(r"(?P<first>\d{1,4})(?P<mark>[-/.])(?P<second>\d{1,2}|[A-Za-z]{3})(?P=mark)(?P<third>\d{1,4})\b")
_FULL_YEAR = 4
_SETTING = " (INPUT_DATE_FORMAT in .env)."
_LIKELY_SERIALS = Limits(dt.date(1950, 1, 1), dt.date(2120, 12, 31))


def advice_on(examples: Sequence[str], zone: ZoneInfo) -> str:
    """A sentence with the format for the first of some faulty cells that has one; empty if none has."""
    cells = [example.strip() for example in examples]
    for cell in cells:
        if advice := _of_short(cell, cells) or _of_serial(cell) or _of_seconds(cell, zone):
            return advice + _SETTING
    return ""


def formats_for(text: str) -> list[str]:
    """The ``strptime`` formats that a short date may be written in; a time behind it does not count."""
    found = _SHORT.match(text)
    if found is None:
        return []
    mark = found["mark"]
    if len(found["first"]) == _FULL_YEAR:
        return [mark.join(("%Y", "%m", "%d"))]
    year = "%Y" if len(found["third"]) == _FULL_YEAR else "%y"
    if found["second"].isalpha():
        return [mark.join(("%d", "%b", year)), *([mark.join(("%y", "%b", "%d"))] if year == "%y" else [])]
    orders = [("%d", "%m", year), ("%m", "%d", year)]
    return [mark.join(order) for order in ([*orders, ("%y", "%m", "%d")] if year == "%y" else orders)]


def _of_short(cell: str, cells: Sequence[str]) -> str:
    readings = [(form, day) for form in formats_for(cell) if (day := _inside(formatted_day(cell, form)))]
    fitting = [(form, day) for form, day in readings if all(formatted_day(other, form) for other in cells)]
    told = fitting or readings
    ways = ", ".join(_option(form, f"reads it as {day.day} {day:%B %Y}") for form, day in told)
    many = "one reading" if len(told) == 1 else f"{len(told)} readings"
    return f"{cell!r} has {many}: {ways}" if told else ""


def _of_serial(cell: str) -> str:
    day = excel_day(cell)
    likely = day is not None and _LIKELY_SERIALS.low <= day <= _LIKELY_SERIALS.high
    return (
        f"{cell!r} looks like a spreadsheet's serial number of {day}: {_option('excel', 'reads it')}" if likely else ""
    )


def _of_seconds(cell: str, zone: ZoneInfo) -> str:
    day = _inside(epoch_day(cell, zone))
    return f"{cell!r} looks like seconds since 1970, of {day}: {_option('epoch', 'reads it')}" if day else ""


def _option(form: str, effect: str) -> str:
    return f"`--date-format {form}` {effect}"


def _inside(day: dt.date | None) -> dt.date | None:
    return day if day and DATES.low <= day <= DATES.high else None
