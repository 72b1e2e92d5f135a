"""Servers that are started from a command line, each a process of its own with everything that it starts."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

from local_servers.ports import HOST, free_port
from local_servers.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[1]
START_SECONDS = 180.0
ANSWER_SECONDS = 60.0
END_SECONDS = 20.0
LOG_LINES = 20


class ProgramEndedError(Exception):
    """A program ended before it was up; the message has the last lines that it printed."""


@dataclass(frozen=True)
class Program:
    """How to start a server.

    Attributes:
        name: what to call it.
        command: its arguments; ``{port}`` stands for the port.
        ready: a path that answers 200 once it is up; empty: it is up as soon as it accepts connections.
        environment: variables beside those of this process, with ``{port}`` in their values as well.
    """

    name: str
    command: tuple[str, ...]
    ready: str
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Running:
    """A server that is up.

    Attributes:
        port: where it listens.
        pid: its process id.
        log: the file of what it prints.
    """

    port: int
    pid: int
    log: Path


@contextmanager
def running(program: Program, folder: Path, seconds: float = START_SECONDS) -> Iterator[Running]:
    """Start a program in the checkout and wait until it is up; it is gone at the end.

    Args:
        program: which one.
        folder: for its log.
        seconds: that it may take.

    Raises:
        ProgramEndedError: it ended by itself.
        TimeoutError: it was not up in time.
    """
    port = free_port()
    log = folder / f"{program.name}.log"
    command = [part.replace("{port}", str(port)) for part in program.command]
    own = {name: value.replace("{port}", str(port)) for name, value in program.environment.items()}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            env=os.environ | own,
            cwd=ROOT,
            # A group of its own: whatever it starts ends with it.
            start_new_session=True,
        )
    try:
        wait_until(lambda: process.poll() is not None or is_up(port, program.ready), f"{program.name} is up", seconds)
        if process.poll() is not None:
            last = "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])
            raise ProgramEndedError(f"{program.name} ended with exit code {process.returncode}:\n{last}")
        yield Running(port, process.pid, log)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(END_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(END_SECONDS)


def is_up(port: int, path: str) -> bool:
    """Whether a GET of the path is answered with 200, or without a path a connection accepted."""
    connection = HTTPConnection(HOST, port, timeout=ANSWER_SECONDS)
    try:
        connection.connect()
        if not path:
            return True
        connection.request("GET", path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
