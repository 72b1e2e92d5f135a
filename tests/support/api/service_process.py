"""The service as a process of its own, told by its own log what it is doing."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx2
from pydantic import SecretStr

from quantity.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEADLINE = 120.0
HOST = "127.0.0.1"

Line = dict[str, Any]


class Process:
    """``python -m api`` on a free port.

    Args:
        settings: of the service.
        variables: further variables of its environment.
        arguments: in front of the command, to start it by another program.
    """

    def __init__(self, settings: Settings, variables: dict[str, str] | None = None, *arguments: str) -> None:
        environment = os.environ | environment_of(settings) | {"API_HOST": HOST, "API_PORT": "0"} | (variables or {})
        self.process = subprocess.Popen(
            [*arguments, sys.executable, "-m", "api"], env=environment, stdout=subprocess.PIPE, text=True
        )
        self.lines: list[Line] = []
        self._new: queue.Queue[Line | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = 0
        self.client = httpx2.Client(timeout=DEADLINE)

    def wait_until_it_listens(self) -> None:
        """Return when requests are answered, if only to say that there is nothing to answer from yet."""
        running = self.wait_for(lambda line: "running on" in line["message"])["message"]
        self.port = int(running.split("(")[0].rsplit(":", 1)[1])
        self.client.base_url = httpx2.URL(f"http://{HOST}:{self.port}")

    def wait_for(self, wanted: Callable[[Line], bool]) -> Line:
        """The next log line of a kind; every line is JSON."""
        deadline = time.monotonic() + DEADLINE
        while (line := self._new.get(timeout=max(0.0, deadline - time.monotonic()))) is not None:
            if wanted(line):
                return line
        raise RuntimeError(f"the service has ended with status {self.process.wait(DEADLINE)}")

    def wait_for_messages(self, *messages: str) -> None:
        """Wait for all of these messages, in whatever order they come."""
        missing = set(messages)
        while missing:
            missing.discard(self.wait_for(lambda line: line["message"] in missing)["message"])

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def wait_for_end(self) -> int:
        """The exit status; a server that ended as it was told to says which signal told it."""
        self.client.close()
        code = self.process.wait(DEADLINE)
        self._reader.join(DEADLINE)
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stdout:
            for text in stdout:
                line = json.loads(text)
                self.lines.append(line)
                self._new.put(line)
        self._new.put(None)


@contextmanager
def running_process(settings: Settings, variables: dict[str, str] | None = None, *arguments: str) -> Iterator[Process]:
    """A process that is gone at the end."""
    process = Process(settings, variables, *arguments)
    try:
        process.wait_until_it_listens()
        yield process
    finally:
        process.client.close()
        if process.process.poll() is None:
            process.process.kill()
            process.process.wait(DEADLINE)


def environment_of(settings: Settings) -> dict[str, str]:
    """The variables that these settings come from."""
    return {name.upper(): _text(getattr(settings, name)) for name in Settings.model_fields}


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return "" if value is None else str(value)
