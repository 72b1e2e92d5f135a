"""A connection on which a test sends whatever bytes it likes, whenever it likes."""

from __future__ import annotations

import socket
from contextlib import suppress
from http.client import parse_headers
from typing import TYPE_CHECKING, NamedTuple, Self

from local_servers.waiting import DEADLINE_SECONDS
from tests.support.api.service_process import HOST

if TYPE_CHECKING:
    from email.message import Message
    from types import TracebackType

CONTINUE = 100
_BLOCK_BYTES = 100_000


class Answer(NamedTuple):
    """An answer as it arrived."""

    status: int
    headers: Message
    body: bytes


def head(length: int | None = None, *lines: str, path: str = "/quantity/predict", method: str = "POST") -> bytes:
    """The head of a request, with a declared length and further header lines."""
    declared = [] if length is None else [f"Content-Length: {length}"]
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *declared, *lines, "", ""]).encode("latin-1")


class RawConnection:
    """One connection.

    Args:
        port: of the service.
    """

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port), DEADLINE_SECONDS)
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close it."""
        self._file.close()
        self._socket.close()

    def send(self, content: bytes) -> None:
        """Send all of it."""
        self._socket.sendall(content)

    def send_as_much_as_is_taken(self, content: bytes) -> None:
        """Send it until the service closes the connection."""
        with suppress(ConnectionResetError, BrokenPipeError):
            self._socket.sendall(content)

    def flood(self, piece: bytes, total: int, patience_seconds: float = 1.0) -> int:
        """Send a piece again and again, up to so many bytes in all; the result is how many the service took.

        Ends earlier when the service closes the connection or has taken nothing for so long.
        """
        block = memoryview(piece * max(1, _BLOCK_BYTES // len(piece)))
        sent = 0
        self._socket.settimeout(patience_seconds)
        try:
            while sent < total:
                sent += self._socket.send(block[sent % len(block) :][: total - sent])
        except (TimeoutError, ConnectionResetError, BrokenPipeError):
            pass
        finally:
            self._socket.settimeout(DEADLINE_SECONDS)
        return sent

    def answer(self) -> Answer:
        """The next answer; one that says to go on is an answer too."""
        answer = self.head()
        return answer._replace(body=self._file.read(int(answer.headers["content-length"] or 0)))

    def head(self) -> Answer:
        """The next answer, to a request that gets no body."""
        status_line = self._file.readline()
        assert status_line.startswith(b"HTTP/1.1 "), status_line
        return Answer(int(status_line.split()[1]), parse_headers(self._file), b"")

    def is_closed(self) -> bool:
        """Wait until the service closes the connection; false if it sends something instead."""
        try:
            return self._file.read(1) == b""
        except ConnectionResetError:
            return True


def begun(port: int, length: int) -> RawConnection:
    """A request with a body of a length that the service has begun to read, for it has asked for it."""
    connection = RawConnection(port)
    connection.send(head(length, "Expect: 100-continue"))
    assert connection.answer().status == CONTINUE
    return connection
