"""A Redis server for online features."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local_servers.ports import HOST
from local_servers.programs import Program, running
from tests.support.required import missing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "secret"


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A server with a password, as FEATURE_STORE_REDIS names it; tests that need it are skipped where there is none."""
    if shutil.which("redis-server") is None:
        missing("redis-server is not installed", "apt-get install redis-server")
    own = ("--bind", HOST, "--port", "{port}", "--requirepass", PASSWORD)
    command = ("redis-server", *own, "--save", "", "--dir", str(folder))
    with running(Program("redis", command, ready=""), folder) as server:
        yield f"{HOST}:{server.port},password={PASSWORD}"
