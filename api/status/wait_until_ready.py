"""Waits until the service is ready: ``docker compose exec api python -m api.status.wait_until_ready``.

A container is healthy as soon as its process answers; without a model it answers every request with a 503.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import time
from http.client import HTTPConnection, HTTPException

PAUSE_SECONDS = 0.2
REQUEST_SECONDS = 5.0


def main() -> int:
    """Return 0 as soon as every instance is ready, or 1, with what is missing, when time is up."""
    arguments = _parser().parse_args()
    deadline = time.monotonic() + arguments.seconds
    while missing := what_is_missing(arguments.host, arguments.port):
        if time.monotonic() > deadline:
            sys.stderr.write("".join(f"{line}\n" for line in missing))
            return 1
        time.sleep(PAUSE_SECONDS)
    return 0


def what_is_missing(host: str, port: int) -> list[str]:
    """What each instance that is not ready says."""
    try:
        found = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)
    except OSError as error:
        return [f"{host}: {error}"]
    addresses = sorted({str(address[0]) for *_, address in found})
    return [f"{address}: {reason}" for address in addresses for reason in _reasons(address, port)]


def _reasons(address: str, port: int) -> list[str]:
    connection = HTTPConnection(address, port, timeout=REQUEST_SECONDS)
    try:
        connection.request("GET", "/healthcheck/ready")
        reasons: list[str] = json.loads(connection.getresponse().read())["reasons"]
    except (OSError, HTTPException) as error:
        return [f"does not answer: {error}"]
    finally:
        connection.close()
    return reasons


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="wait_until_ready", description="Waits until the service is ready.")
    parser.add_argument("host", nargs="?", default="127.0.0.1", help="a name that every instance has, such as api")
    parser.add_argument("--port", type=int, default=int(os.environ.get("API_PORT") or 8000))
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to wait (60)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
