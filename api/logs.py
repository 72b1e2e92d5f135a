"""Logs: one line of JSON an event, on standard output."""

from __future__ import annotations

import datetime as dt
import logging
import logging.config
from typing import TYPE_CHECKING, Any

from pythonjsonlogger.json import JsonFormatter

if TYPE_CHECKING:
    from pythonjsonlogger.core import LogData


class LineFormatter(JsonFormatter):
    """Time, level, logger and message, then the fields given as ``extra={"fields": {...}}``."""

    def add_fields(self, log_data: LogData, record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Fill in a line."""
        log_data["time"] = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        log_data["level"] = record.levelname.lower()
        log_data["logger"] = record.name
        log_data["message"] = record.getMessage()
        log_data.update(getattr(record, "fields", {}))
        log_data.update(message_dict)


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
