"""The service's end of the loader: starts it, asks it, starts it again when it has died."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from api.loader import wire
from api.reason import DescribedError

if TYPE_CHECKING:
    from api.parts import Parts
    from quantity.settings import Settings

SOURCES = ("model", "snapshot")

RETURN_MEMORY = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}
"""What a load took goes back to the system: by itself the C library keeps some of it for the next one, which may
be a day away."""

END_SECONDS = 3.0
"""So long the loader may take to notice that it is not needed any more."""


class Loader:
    """A process with a socket for each source; the first question starts it, unless `start` has.

    Args:
        settings: of the program.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._sockets: dict[str, socket.socket] = {}
        self._closed = False

    @property
    def process_id(self) -> int | None:
        """The process' id while it runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Start the process before the first question, which otherwise waits for what it imports."""
        with self._starting:
            self._start_unless_running()

    def ask(self, source: str, **question: str) -> Parts:
        """Ask about one of `SOURCES`, one question at a time a source.

        Raises:
            DescribedError: the source failed; the message is the loader's description of how.
            OSError: the loader has ended, or cannot be started; the next question starts another.
        """
        to = self._socket(source)
        try:
            wire.send(to, question)
            answer = wire.receive(to)
        except BaseException:
            # Half a message may be left: nothing that comes after it would be understood.
            self._discard(source, to)
            raise
        if "failed" in answer.info:
            raise DescribedError(answer.info["failed"])
        return answer

    def close(self) -> None:
        """End the process."""
        with self._starting:
            self._closed = True
            self._end()

    def _socket(self, source: str) -> socket.socket:
        with self._starting:
            if self._closed:
                raise wire.ClosedError("the service is stopping")
            self._start_unless_running()
            return self._sockets[source]

    def _discard(self, source: str, used: socket.socket) -> None:
        with self._starting:
            if self._sockets.get(source) is used:
                self._end()

    def _start_unless_running(self) -> None:
        if self.process_id is not None:
            return
        self._end()
        pairs = {source: socket.socketpair() for source in SOURCES}
        self._sockets = {source: ours for source, (ours, _) in pairs.items()}
        theirs = [other for _, other in pairs.values()]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this program's own interpreter and module
                [sys.executable, "-m", "api.loader", *(str(other.fileno()) for other in theirs)],
                pass_fds=[other.fileno() for other in theirs],
                env=RETURN_MEMORY | os.environ,
                stdin=subprocess.DEVNULL,
            )
        finally:
            for other in theirs:
                other.close()
        # Not in the arguments or the environment, where others could read the password.
        wire.send(self._sockets[SOURCES[0]], _values(self._settings))

    def _end(self) -> None:
        for ours in self._sockets.values():
            # Wakes a thread that waits for an answer, which closing alone does not.
            _shut_down(ours)
            ours.close()
        self._sockets = {}
        if self._process is not None:
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None


def _shut_down(ours: socket.socket) -> None:
    try:
        ours.shutdown(socket.SHUT_RDWR)
    except OSError:  # the other end was faster
        return


def _values(settings: Settings) -> dict[str, Any]:
    values = settings.model_dump()
    return {name: v.get_secret_value() if isinstance(v, SecretStr) else v for name, v in values.items()}
