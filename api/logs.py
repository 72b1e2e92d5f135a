"""Logs: one line of JSON an event, on standard output."""

from __future__ import annotations

import datetime as dt
import json
import logging
import logging.config

from pydantic_core import to_json


class LineFormatter(logging.Formatter):
    """Time, level, logger and message, then the fields given as ``extra={"fields": {...}}``, then a trace."""

    # The last second written, as a number and as text: thousands of lines begin alike.
    _second = (0, "1970-01-01T00:00:00")

    def format(self, record: logging.LogRecord) -> str:
        """Make a line."""
        line: dict[str, object] = {
            "time": self._time(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["exc_info"] = self.formatException(record.exc_info)
        try:
            return to_json(line, fallback=str).decode()
        except ValueError:  # half of a surrogate pair, which only the standard library writes as it is
            return json.dumps(line, default=str)

    def _time(self, seconds: float) -> str:
        whole = int(seconds)
        if self._second[0] != whole:
            self._second = whole, dt.datetime.fromtimestamp(whole, dt.UTC).isoformat(timespec="seconds")[:-6]
        return f"{self._second[1]}.{int((seconds - whole) * 1000):03d}+00:00"


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
