"""The HTTP server."""

from __future__ import annotations

import faulthandler
import gc
import resource
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import uvicorn

from api.http.connection import STOP_SECONDS, GuardedProtocol
from api.http.connection_limit import RESERVED, ConnectionLimit

if TYPE_CHECKING:
    import asyncio
    from types import FrameType

    from fastapi import FastAPI

    from quantity.settings import Settings

GRACE_SECONDS: Final = round(STOP_SECONDS) + 1
"""When the process is told to stop, requests under way have so long to be answered."""

END_SECONDS: Final = 9.0
"""Then the service has the rest of this time to end; containers are killed after 10 seconds."""

OTHER_FILES: Final = 200
"""Files that are open besides the connections."""

NEW_OBJECTS: Final = 50_000
"""A collection begins after so many: some 250 requests of 100 pairs. By itself it would begin several times in each
of them."""


def serve(app: FastAPI, settings: Settings) -> None:
    """Serve until told to stop, in one process: its memory and its metrics are of that process alone."""
    collect_rarely()
    allow_files(settings.api_max_connections + RESERVED + OTHER_FILES)
    config = uvicorn.Config(
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
    with suppress(KeyboardInterrupt):
        Server(config).run()


def guarded_protocol(settings: Settings) -> type[asyncio.Protocol]:
    """The protocol of each connection, which uvicorn makes by calling this."""
    limit = ConnectionLimit(settings.api_max_connections)
    return cast(
        "type[asyncio.Protocol]", partial(GuardedProtocol, settings.api_read_seconds, limit, settings.root_path)
    )


def allow_files(count: int) -> None:
    """Let this process have so many files open, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        most = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def collect_rarely() -> None:
    """Let more objects come together before each collection."""
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])


def leave_alone_what_stays() -> None:
    """Take everything that is in memory out of the collections to come: they would walk through it in vain."""
    gc.collect()
    gc.freeze()


class Server(uvicorn.Server):
    """uvicorn's server, which ends in time whatever hangs."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; if it takes too long, write down where each thread hangs and end the process."""
        if not self.should_exit:
            faulthandler.dump_traceback_later(END_SECONDS, exit=True)
        super().handle_exit(sig, frame)
