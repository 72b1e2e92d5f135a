"""The form of a log line, whoever writes it."""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from api.logs import configure_logging

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Write = Callable[..., None]


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root, levels = logging.getLogger(), {name: logging.getLogger(name).level for name in ("", "api", "uvicorn")}
    handlers = root.handlers[:]
    configured = structlog.get_config()
    yield
    structlog.configure(**configured)
    root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(capture=False)


def by_structlog(level: str, message: str, **fields: object) -> None:
    configure_logging("info")
    getattr(structlog.get_logger().bind(logger="api.test"), level)(message, **fields)


def by_logging(level: str, message: str, **fields: object) -> None:
    configure_logging("info")
    getattr(logging.getLogger("api.test"), level)(message, extra=fields)


WRITERS = pytest.mark.parametrize("write", [by_structlog, by_logging])


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@WRITERS
def test_a_line_has_time_level_logger_message_and_fields(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("warning", "loaded it", version="3", seconds=0.25, nothing=None)

    (line,) = lines(capsys)
    assert list(line) == ["time", "level", "logger", "message", "version", "seconds", "nothing"]
    time = dt.datetime.fromisoformat(line.pop("time"))
    assert abs(dt.datetime.now(dt.UTC) - time) < dt.timedelta(minutes=1)
    assert line == {
        "level": "warning",
        "logger": "api.test",
        "message": "loaded it",
        "version": "3",
        "seconds": 0.25,
        "nothing": None,
    }


@WRITERS
def test_line_breaks_and_any_text_stay_in_one_line(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("info", "first\nsecond", path='/\u2028"\ud800', error=ZeroDivisionError("as a field"))

    (line,) = lines(capsys)
    assert (line["message"], line["path"], line["error"]) == ("first\nsecond", '/\u2028"\ud800', "as a field")


@WRITERS
def test_a_trace_is_in_the_line(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        int("three")
    except ValueError:
        write("exception", "failed")

    (line,) = lines(capsys)
    assert (line["level"], line["message"]) == ("error", "failed")
    assert "ValueError: invalid literal for int()" in line["exc_info"]


@WRITERS
def test_the_level_is_kept(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("debug", "unheard")

    assert lines(capsys) == []


def test_arguments_of_a_message_are_put_in(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info")
    logging.getLogger("api.test").info("loaded %s", "it")

    assert lines(capsys)[0]["message"] == "loaded it"


def test_the_servers_lines_have_no_colours(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info")
    logging.getLogger("uvicorn.error").info("up", extra={"color_message": "\x1b[1mup\x1b[0m"})

    assert set(lines(capsys)[0]) == {"time", "level", "logger", "message"}
