"""One request at a time over one kept connection."""

from __future__ import annotations

from http import HTTPStatus
from http.client import HTTPConnection
from typing import TYPE_CHECKING

from benchmarks.serving.errors import MeasurementError
from local_servers.ports import HOST

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_SECONDS = 60
HEADERS = {"Content-Type": "application/json"}


class Client:
    """Asks a server on this machine.

    Args:
        port: the server's.
    """

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)

    def post(self, path: str, body: bytes) -> bytes:
        """The answer's body.

        Raises:
            MeasurementError: the answer is not 200.
        """
        return self._ask("POST", path, body, HEADERS)

    def get(self, path: str) -> bytes:
        """The answer's body.

        Raises:
            MeasurementError: the answer is not 200.
        """
        return self._ask("GET", path)

    def _ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        self._connection.request(method, path, body, headers or {})
        response = self._connection.getresponse()
        answer = response.read()
        if response.status != HTTPStatus.OK:
            raise MeasurementError(
                f"{method} {path} answered {response.status}: {answer[:500].decode(errors='replace')}"
            )
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
