"""The service as a process of its own, told by its own log what it is doing."""

from __future__ import annotations

import json
import os
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
        self._seen = 0
        self._ended = False
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = 0
        self.client = httpx2.Client(timeout=DEADLINE)

    def wait_until_it_listens(self) -> None:
        """Return when requests are answered, if only to say that there is nothing to answer from yet."""
        position = self._position(0, lambda line: "running on" in line["message"])
        # What was said before it, by whoever was quicker, is still to be waited for.
        self.port = int(self.lines[position]["message"].split("(")[0].rsplit(":", 1)[1])
        self.client.base_url = httpx2.URL(f"http://{HOST}:{self.port}")

    def wait_for(self, wanted: Callable[[Line], bool]) -> Line:
        """The next log line of a kind; every line is JSON."""
        position = self._position(self._seen, wanted)
        self._seen = position + 1
        return self.lines[position]

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

    def _position(self, start: int, wanted: Callable[[Line], bool]) -> int:
        """Where the first wanted line from a place on is, when it is there."""
        deadline = time.monotonic() + DEADLINE
        with self._more:
            while True:
                for position in range(start, len(self.lines)):
                    if wanted(self.lines[position]):
                        return position
                start = len(self.lines)
                if self._ended:
                    raise RuntimeError(f"the service has ended with status {self.process.wait(DEADLINE)}")
                if not self._more.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"no such line in {DEADLINE:g} s; the last ones: {self.lines[-5:]}")

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stdout:
            for text in stdout:
                with self._more:
                    self.lines.append(json.loads(text))
                    self._more.notify_all()
        with self._more:
            self._ended = True
            self._more.notify_all()


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
