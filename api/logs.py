"""Logs: one line of JSON an event, on standard output."""

from __future__ import annotations

import json
import logging
import logging.config
from typing import TYPE_CHECKING

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.msgspec import MsgspecFormatter

if TYPE_CHECKING:
    from pythonjsonlogger.core import LogData

_NO_FIELDS = (*RESERVED_ATTRS, "color_message")
"""What a record has beside the fields of its event; the last one is the server's."""


class LineFormatter(MsgspecFormatter):
    """Time, level, logger and message, then the fields given as ``extra={...}``, then a trace."""

    def __init__(self) -> None:
        super().__init__(
            ["time", "levelname", "name", "message"],
            timestamp="time",
            rename_fields={"levelname": "level", "name": "logger"},
            reserved_attrs=_NO_FIELDS,
        )

    def process_log_record(self, log_data: LogData) -> LogData:
        """Write the level in small letters."""
        log_data["level"] = log_data["level"].lower()
        return log_data

    def jsonify_log_record(self, log_data: LogData) -> str:
        """Make a line."""
        try:
            return super().jsonify_log_record(log_data)
        except UnicodeEncodeError:  # half of a surrogate pair, which only the standard library writes as it is
            return json.dumps(log_data, default=str)


def configure_logging(level: str) -> None:
    """Send the whole process's logs to standard output.

    Args:
        level: the least level of the service's own lines, such as ``info``. Libraries are heard from
            ``warning`` on, the server itself from ``info`` on.
    """
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"()": LineFormatter}},
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
                # A registry that is down is told once, by the poller; not by each of its connections.
                "urllib3": {"level": "ERROR", "handlers": [], "propagate": True},
                "mlflow": {"level": "WARNING", "handlers": [], "propagate": True},
                "alembic": {"level": "WARNING", "handlers": [], "propagate": True},
            },
        }
    )
    logging.captureWarnings(capture=True)
    # Not in any line, and a record costs less without them.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
