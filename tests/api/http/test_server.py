"""The server's process ends when it is told to, even where something in it does not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

PROGRAM = """
import threading
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api.http import server
from quantity.settings import Settings

server.END_SECONDS = 1.0

@asynccontextmanager
async def lifespan(app):
    print("up", flush=True)
    yield
    that_hangs()

def that_hangs():
    threading.Event().wait()

server.serve(FastAPI(lifespan=lifespan), Settings(_env_file=None, api_port=0))
"""


def test_an_end_that_hangs_is_cut_short_and_tells_where() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "up\n"
            os.kill(process.pid, signal.SIGTERM)
            _, told = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 1
    assert "in that_hangs" in told
