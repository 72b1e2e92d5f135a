"""Apps of this process behind a real server, and a real reverse proxy in front of them."""

from __future__ import annotations

import shutil
import subprocess
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx2
import uvicorn

from api.http.server import guarded_protocol
from local_servers.waiting import wait_until
from tests.support.containers.free_ports import free_ports
from tests.support.required import missing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import ASGIApp

    from quantity.settings import Settings

HOST = "127.0.0.1"

NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen {host}:{port};
        location {prefix}/ {{
            {directives}
        }}
    }}
}}
"""


@contextmanager
def served(app: ASGIApp, settings: Settings | None = None) -> Iterator[int]:
    """The port of an app that has started already, behind the service's own protocol where settings are given."""
    http = guarded_protocol(settings) if settings else "auto"
    config = uvicorn.Config(app, host=HOST, port=0, lifespan="off", log_config=None, server_header=False, http=http)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive(), "the server has started")
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def behind_nginx(folder: Path, prefix: str, *directives: str) -> Iterator[int]:
    """The port of an nginx that does this to all that is below a prefix."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        missing("no nginx is installed", "apt-get install nginx-light")
    (port,) = free_ports(1)
    lines = "\n".join(f"{directive};" for directive in directives)
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, host=HOST, port=port, prefix=prefix, directives=lines))
    with subprocess.Popen([program, "-p", str(folder), "-c", str(config)], stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: _answers(port), "nginx answers")
            yield port
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    try:
        httpx2.get(f"http://{HOST}:{port}/")
    except httpx2.TransportError:
        return False
    return True
