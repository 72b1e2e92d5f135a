"""Serves the API: ``python -m api``."""

from __future__ import annotations

import uvicorn

from api.app import create_app
from api.logs import configure_logging
from quantity.settings import Settings

GRACE_SECONDS = 10
"""On SIGTERM, requests under way have so long to finish."""


def main() -> None:
    """Serve until told to stop, in one process: its memory and its metrics are of that process alone."""
    settings = Settings()
    configure_logging(settings.api_log_level)
    uvicorn.run(
        create_app(settings),
        host=settings.api_host,
        port=settings.api_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


if __name__ == "__main__":
    main()
