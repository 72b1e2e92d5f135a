"""The programs that are measured, each a process of its own with everything it starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.serving.client import HOST, is_up
from benchmarks.serving.errors import MeasurementError
from local_servers.mysql_server import free_port
from local_servers.waiting import wait_until
from quantity.settings import project_dir

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

START_SECONDS = 180.0
END_SECONDS = 20.0
LOG_LINES = 20


@dataclass(frozen=True)
class Program:
    """How to start a server.

    Attributes:
        name: what to call it.
        command: its arguments; ``{port}`` stands for the port.
        ready: a path that answers 200 once it is up.
        environment: variables beside those of this process.
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
    """Start a program and wait until it is up; it is gone at the end.

    Args:
        program: which one.
        folder: for its log.
        seconds: that it may take.

    Raises:
        MeasurementError: it ended by itself.
        TimeoutError: it was not up in time.
    """
    port = free_port()
    log = folder / f"{program.name}.log"
    command = [part.format(port=port) for part in program.command]
    environment = {**os.environ, "API_HOST": HOST, "API_PORT": str(port), **program.environment}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=project_dir(),
            # A group of its own: whatever it starts ends with it.
            start_new_session=True,
        )
    try:
        wait_until(lambda: process.poll() is not None or is_up(port, program.ready), f"{program.name} is up", seconds)
        if process.poll() is not None:
            last = "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])
            raise MeasurementError(f"{program.name} ended with exit code {process.returncode}:\n{last}")
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


FLOOR = Program("floor", (sys.executable, "-m", "benchmarks.serving.floor", "{port}"), "/openapi.json")


def service(environment: Mapping[str, str] | None = None) -> Program:
    """The prediction service; by default with the settings of this process."""
    return Program("service", (sys.executable, "-m", "api"), "/healthcheck/ready", environment or {})
