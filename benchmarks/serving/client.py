"""One request at a time over one kept connection."""

from __future__ import annotations

from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from benchmarks.serving.errors import MeasurementError

HOST = "127.0.0.1"
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
        self._connection.request("POST", path, body, HEADERS)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status != HTTPStatus.OK:
            raise MeasurementError(f"POST {path} answered {response.status}: {answer[:500].decode(errors='replace')}")
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def is_up(port: int, path: str) -> bool:
    """Whether a GET of the path is answered with 200."""
    connection = HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
