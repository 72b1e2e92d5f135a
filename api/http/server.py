"""The HTTP server."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

import uvicorn

from api.http.connection import GuardedProtocol
from api.http.garbage import collect_rarely

if TYPE_CHECKING:
    import asyncio

    from fastapi import FastAPI

    from quantity.settings import Settings

GRACE_SECONDS = 10
"""On SIGTERM, requests under way have so long to finish."""


def serve(app: FastAPI, settings: Settings) -> None:
    """Serve until told to stop, in one process: its memory and its metrics are of that process alone."""
    collect_rarely()
    uvicorn.run(
        app,
        host=settings.api_host,
        port=settings.api_port,
        log_config=None,
        access_log=False,
        server_header=False,
        http=guarded_protocol(settings),
        ws="none",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def guarded_protocol(settings: Settings) -> type[asyncio.Protocol]:
    """The protocol of each connection, which uvicorn makes by calling this."""
    return cast("type[asyncio.Protocol]", partial(GuardedProtocol, settings.api_read_seconds))
