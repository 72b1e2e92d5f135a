"""The form of a log line."""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import Any

from api.logs import LineFormatter


def line(message: str, *arguments: object, **fields: object) -> dict[str, Any]:
    record = logging.LogRecord("api.test", logging.WARNING, "file.py", 1, message, arguments, None)
    record.__dict__["fields"] = fields
    text = LineFormatter().format(record)
    assert "\n" not in text
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def test_a_line_has_time_level_logger_message_and_fields() -> None:
    parsed = line("loaded %s", "it", version="3", seconds=0.25, nothing=None)

    assert list(parsed) == ["time", "level", "logger", "message", "version", "seconds", "nothing"]
    time = dt.datetime.fromisoformat(parsed.pop("time"))
    assert abs(dt.datetime.now(dt.UTC) - time) < dt.timedelta(minutes=1)
    assert parsed == {
        "level": "warning",
        "logger": "api.test",
        "message": "loaded it",
        "version": "3",
        "seconds": 0.25,
        "nothing": None,
    }


def test_line_breaks_and_any_text_stay_in_one_line() -> None:
    assert line("first\nsecond", path='/\u2028"\ud800')["path"] == '/\u2028"\ud800'


def test_a_trace_is_in_the_line() -> None:
    error = ZeroDivisionError("nobody foresaw this")
    trace = (type(error), error, None)
    record = logging.LogRecord("api.test", logging.ERROR, "file.py", 1, "failed", (), trace)

    parsed = json.loads(LineFormatter().format(record))

    assert parsed["message"] == "failed"
    assert "ZeroDivisionError: nobody foresaw this" in parsed["exc_info"]
