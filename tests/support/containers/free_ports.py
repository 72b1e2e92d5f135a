"""Ports of this host that are free."""

import random
import socket
from contextlib import ExitStack
from typing import Final

HOST: Final = "127.0.0.1"
LOWEST, HIGHEST = 20_000, 30_000
"""Ports in a row are looked for between these, below those that outgoing connections get."""

_ATTEMPTS: Final = 100


def free_ports(count: int) -> list[int]:
    """So many different ports."""
    with ExitStack() as probes:
        return [_bound(probes, 0) for _ in range(count)]


def free_port_range(length: int) -> range:
    """So many ports in a row.

    Raises:
        OSError: none were found.
    """
    # From anywhere: another run may be looking at the same time.
    for _ in range(_ATTEMPTS):
        first = random.randrange(LOWEST, HIGHEST - length)
        ports = range(first, first + length)
        if _are_free(ports):
            return ports
    raise OSError(f"no {length} free ports in a row found between {LOWEST} and {HIGHEST}")


def _are_free(ports: range) -> bool:
    with ExitStack() as probes:
        try:
            for port in ports:
                _bound(probes, port)
        except OSError:
            return False
    return True


def _bound(probes: ExitStack, port: int) -> int:
    probe = probes.enter_context(socket.socket())
    probe.bind((HOST, port))
    found: int = probe.getsockname()[1]
    return found
