"""The ways in which a date is written that have one reading, and those that need to be named."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_TIME = r"(?:[T ]\s*(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?)?"
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WORDS: Final = re.ASCII | re.IGNORECASE
_DAY = r"(?P<day>[0-3]?[0-9])"
_YEAR = r"(?P<year>[12][0-9]{3})"
_NUMERIC: Final = (
    re.compile(rf"(?P<year>[0-9]{{4}})-(?P<month>[0-9]{{2}})-(?P<day>[0-9]{{2}}){_TIME}", re.ASCII),
    re.compile(rf"(?P<year>[0-9]{{4}})/(?P<month>[0-9]{{2}})/(?P<day>[0-9]{{2}}){_TIME}", re.ASCII),
    re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})", re.ASCII),
    re.compile(rf"(?P<day>[0-9]{{1,2}})\.(?P<month>[0-9]{{1,2}})\.(?P<year>[0-9]{{4}}){_TIME}", re.ASCII),
)
_NAMED: Final = (
    re.compile(rf"(?:[a-z]{{3,9}},? )?{_DAY}(?:st|nd|rd|th)?[-/ .]*{_MONTH}[-/ ,]*{_YEAR}{_TIME}", _WORDS),
    re.compile(rf"(?:[a-z]{{3,9}},? )?{_MONTH} {_DAY}(?:st|nd|rd|th)?,? {_YEAR}{_TIME}", _WORDS),
    re.compile(rf"{_YEAR}[-/ ]{_MONTH}[-/ ]{_DAY}{_TIME}", _WORDS),
)
_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(Z|UTC|[+-]\d{2}(?::?\d{2})?)", re.ASCII)
_LAST_TIME = re.compile(rf"{_TIME}$", re.ASCII)
_SERIAL = re.compile(r"([0-9]{1,6})(?:\.[0-9]+)?", re.ASCII)
_SECONDS = re.compile(r"([0-9]{9,10}|[0-9]{12,13})(?:\.[0-9]+)?", re.ASCII)
_SERIAL_ORIGIN: Final = dt.date(1899, 12, 30)
_SECONDS_DIGITS: Final = 10


def day_of(cell: str) -> dt.date | None:
    """The day of a date with one reading; a time without a zone is left out."""
    for pattern in _NUMERIC:
        if found := pattern.fullmatch(cell):
            return _date(int(found["year"]), int(found["month"]), int(found["day"]))
    for pattern in _NAMED:
        if found := pattern.fullmatch(cell):
            month = _MONTHS.index(found["month"][:3].lower()) + 1
            return _date(int(found["year"]), month, int(found["day"]))
    return None


def local_day(cell: str, zone: ZoneInfo) -> dt.date | None:
    """The day in ``zone`` of a time with a zone, to the minute: ``2025-01-06T23:30+01:00``."""
    found = _INSTANT.fullmatch(cell) if cell[10:11] == "T" else None
    if found is None:
        return None
    day, minute, offset = found.groups()
    try:
        moment = dt.datetime.fromisoformat(f"{day}T{minute}{'Z' if offset == 'UTC' else offset}")
        return moment.astimezone(zone).date()
    except (ValueError, OverflowError):
        return None


def formatted_day(cell: str, date_format: str) -> dt.date | None:
    """The day of a date in a ``strptime`` format, a time behind it left out."""
    for text in (cell, _LAST_TIME.sub("", cell)):
        try:
            return dt.datetime.strptime(text, date_format).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
    return None


def excel_day(cell: str) -> dt.date | None:
    """The day of a spreadsheet's serial number, a time behind the point left out."""
    found = _SERIAL.fullmatch(cell)
    return _SERIAL_ORIGIN + dt.timedelta(days=int(found[1])) if found else None


def epoch_day(cell: str, zone: ZoneInfo) -> dt.date | None:
    """The day in ``zone`` of seconds, or with 12 or 13 digits milliseconds, since 1970-01-01 UTC."""
    found = _SECONDS.fullmatch(cell)
    if found is None:
        return None
    seconds = int(found[1]) // (1 if len(found[1]) <= _SECONDS_DIGITS else 1000)
    return dt.datetime.fromtimestamp(seconds, zone).date()


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
