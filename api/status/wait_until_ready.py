"""Waits until the service is ready: ``docker compose exec api python -m api.status.wait_until_ready``.

A container is healthy as soon as its process answers; without a model it answers every request with a 503.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import time
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

from quantity.settings import readable_settings_or_exit

if TYPE_CHECKING:
    from collections.abc import Sequence

PAUSE_SECONDS = 0.2
REQUEST_SECONDS = 5.0
LAST_PORT = 65_535


def main(argv: Sequence[str] | None = None, *, prog: str = "wait_until_ready") -> int:
    """Return 0 as soon as every instance is ready, or 1, with what is missing, when time is up."""
    arguments = _parser(prog).parse_args(argv)
    deadline = time.monotonic() + arguments.seconds
    port = arguments.port or readable_settings_or_exit().api_port
    while missing := what_is_missing(arguments.host, port):
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


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LAST_PORT:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to {LAST_PORT}, not {text!r}")
    return int(text)


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, description="Waits until the service is ready.")
    parser.add_argument("host", nargs="?", default="127.0.0.1", help="a name that every instance has, such as api")
    parser.add_argument("--port", type=_port, metavar="PORT", help="port of the service (API_PORT)")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to wait (60)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
