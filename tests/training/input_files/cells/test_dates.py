"""Dates are read where they have one reading, and otherwise told with what decides."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.input_files.cells.dates import Dates

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31))
MOMENTS = st.integers(10**9, 4 * 10**9).map(lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC))
ONE_READING = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d-%b-%Y", "%d %B %Y", "%B %d, %Y", "%Y-%m-%d %H:%M:%S")
SEVERAL_READINGS = ("%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%d-%m-%Y")


def days_of(cells: list[str], date_format: str | None = None, zone: str = "UTC") -> list[dt.date | None]:
    parsed = Dates(date_format, zone).parse(pa.array(cells, pa.string()))
    days: list[dt.date | None] = parsed.values.to_pylist()
    return days


@settings(deadline=None)
@given(day=DAYS, form=st.sampled_from(ONE_READING))
def test_a_date_with_one_reading_is_that_day(day: dt.date, form: str) -> None:
    moment = dt.datetime.combine(day, dt.time(13, 45))
    assert days_of([moment.strftime(form)]) == [day]


@settings(deadline=None)
@given(day=DAYS, form=st.sampled_from(SEVERAL_READINGS))
def test_a_date_with_several_readings_needs_a_format_that_is_proposed(day: dt.date, form: str) -> None:
    text = day.strftime(form)
    assert days_of([text]) == [None]
    assert f"`--date-format {form}` reads it as {day.day} {day:%B} " in Dates().advice([text])
    (read,) = days_of([text], form)
    assert read is not None
    assert (read.day, read.month, read.year % 100) == (day.day, day.month, day.year % 100)


@settings(deadline=None)
@given(
    moment=MOMENTS,
    quarters=st.integers(-48, 56),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]),
)
def test_a_time_with_a_zone_falls_on_the_day_in_the_set_zone(moment: dt.datetime, quarters: int, zone: str) -> None:
    written = moment.astimezone(dt.timezone(dt.timedelta(minutes=15 * quarters))).isoformat()
    assert days_of([written], zone=zone) == [moment.astimezone(ZoneInfo(zone)).date()]


@settings(deadline=None)
@given(moment=MOMENTS)
def test_seconds_and_milliseconds_are_read_with_the_format_alone(moment: dt.datetime) -> None:
    seconds = str(int(moment.timestamp()))
    assert days_of([seconds, f"{seconds}000"]) == [None, None]
    assert days_of([seconds, f"{seconds}000"], "epoch") == [moment.date()] * 2


@settings(deadline=None)
@given(day=st.dates(dt.date(1960, 1, 1), dt.date(2100, 1, 1)))
def test_serial_numbers_are_read_with_the_format_alone(day: dt.date) -> None:
    serial = str((day - dt.date(1899, 12, 30)).days)
    assert days_of([serial]) == [None]
    assert f"serial number of {day}: `--date-format excel`" in Dates().advice([serial])
    assert days_of([serial, f"{serial}.75"], "excel") == [day, day]


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_a_day_or_faulty(text: str) -> None:
    parsed = Dates("%d/%m/%Y").parse(pa.array([text], pa.string()))
    day = parsed.values.to_pylist()[0]
    assert (day is None) == (parsed.faulty is not None and parsed.faulty.to_pylist() == [True])
    assert isinstance(Dates().advice([text]), str)


def test_a_date_that_fits_one_of_two_orders_is_told_with_that_one() -> None:
    told = Dates().advice(["03/04/2025", "25/12/2024"])
    assert told.startswith("'03/04/2025' has one reading: `--date-format %d/%m/%Y`")


def test_a_column_may_mix_forms_that_have_one_reading() -> None:
    day = dt.date(2025, 1, 6)
    assert days_of(["2025-01-06", "06.01.2025", "2025-01-06T10:00:00.123Z", " 20250106 "]) == [day] * 4


@pytest.mark.parametrize(
    "text", ["2025-02-30", "2025-13-01", "31.02.2025", "20250230", "0025-01-06", "2025-01-06 25:00"]
)
def test_days_that_no_calendar_has_are_faulty(text: str) -> None:
    assert days_of([text]) == [None]
