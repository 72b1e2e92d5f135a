"""Logs: one line of JSON an event, on standard output.

structlog makes the lines: of its own loggers at once, of the standard library's in a handler's formatter.
"""

from __future__ import annotations

import json
import logging
import logging.config
import sys
from typing import TYPE_CHECKING

import structlog
from msgspec.json import Encoder

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

_ENCODER = Encoder(enc_hook=str)
_PARTS: list[Processor] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", key="time"),
    structlog.processors.format_exc_info,
]


def configure_logging(level: str) -> None:
    """Send the whole process's logs to standard output.

    Args:
        level: the least level of the service's own lines, such as ``info``. Libraries are heard from
            ``warning`` on, the server itself from ``info`` on.
    """
    structlog.configure(
        processors=[*_PARTS, to_line],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"()": line_formatter}},
            "handlers": {
                "stdout": {
                    "class": "logging.StreamHandler",
                    "stream": "ext://sys.stdout",
                    "formatter": "line",
                }
            },
            "root": {"level": "WARNING", "handlers": ["stdout"]},
            "loggers": {
                "api": {"level": level.upper()},
                "uvicorn": {"level": "INFO", "handlers": [], "propagate": True},
                "uvicorn.access": {"level": "CRITICAL"},
                # A registry that is down is told once, by the loader; not by each of its connections.
                "urllib3": {"level": "ERROR", "handlers": [], "propagate": True},
                "mlflow": {"level": "WARNING", "handlers": [], "propagate": True},
                "alembic": {"level": "WARNING", "handlers": [], "propagate": True},
            },
        }
    )
    logging.captureWarnings(capture=True)


def line_formatter() -> logging.Formatter:
    """Formats records of the standard library: their fields are given as ``extra={...}``."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder(), *_PARTS],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            to_text,
        ],
    )


def to_line(_logger: WrappedLogger, _method: str, event: EventDict) -> bytes:
    """Time, level, logger and message, then the fields, then a trace."""
    line = {name: event.pop(name) for name in ("time", "level", "logger")}
    line["message"] = event.pop("event")
    line.update(event)
    if "exception" in line:
        line["exc_info"] = line.pop("exception")
    try:
        return _ENCODER.encode(line)
    except UnicodeEncodeError:  # half of a surrogate pair, which only the standard library writes as it is
        return json.dumps(line, default=str).encode("ascii")


def to_text(logger: WrappedLogger, method: str, event: EventDict) -> str:
    """`to_line` for a stream of text; without the server's second message, which is in colours."""
    event.pop("color_message", None)
    return to_line(logger, method, event).decode()
