"""Clients that ask without end: every request is counted, every answer is checked."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count as counter
from itertools import cycle
from typing import TYPE_CHECKING, Any, Self

from local_servers.waiting import DEADLINE_SECONDS, wait_until
from tests.support.api.service_process import HOST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from tests.support.faults.right_answers import Answers

CLIENTS = 4
PATH = "/quantity/predict"
HEADERS = {"Content-Type": "application/json"}
_PAUSE_SECONDS = 0.004
"""On a small machine the service must have some time for itself."""


@dataclass
class Count:
    """What came of a client's requests.

    Attributes:
        sent: requests begun.
        answered: right answers.
        refused: requests that found nobody listening, after the service was told to end.
        failures: what came instead of an answer.
        seconds: from request to answer.
    """

    sent: int = 0
    answered: int = 0
    refused: int = 0
    failures: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


class Load:
    """Constant load on one port, by several clients that keep their connections, until the block ends.

    Args:
        port: of the service.
        bodies: requests by name; each client asks them in turn.
        right: the answers that are right.
        clients: how many.
        name: how the ids of its requests begin; None: the service names them.
    """

    def __init__(
        self,
        port: int,
        bodies: Mapping[str, object],
        right: Answers,
        clients: int = CLIENTS,
        *,
        name: str | None = None,
    ) -> None:
        self._port, self._right = port, right
        self._name, self._numbers = name, counter()
        self._bodies = {name: json.dumps(body).encode() for name, body in bodies.items()}
        self._stop = threading.Event()
        self.ending = False
        """Set before the service is told to end: from then on it may close connections without an answer."""
        self._counts = [Count() for _ in range(clients)]
        self._threads = [threading.Thread(target=self._ask, args=(count,), name="client") for count in self._counts]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def sent(self) -> int:
        """Requests that the service may have read, answered or not: one that ends by force drops what it was at."""
        return sum(count.sent - count.refused for count in self._counts)

    @property
    def answered(self) -> int:
        """Right answers so far."""
        return sum(count.answered for count in self._counts)

    @property
    def failures(self) -> list[str]:
        """What came instead of right answers."""
        return [failure for count in self._counts for failure in count.failures]

    def take_seconds(self) -> list[float]:
        """From request to answer, of each answer since the last call."""
        taken: list[float] = []
        for count in self._counts:
            seconds, count.seconds = count.seconds, []
            taken += seconds
        return taken

    def wait_for_more(self, count: int = 40) -> None:
        """Return when so many more requests have been answered."""
        enough = self.answered + count
        wait_until(lambda: self.answered >= enough or bool(self.failures), f"{count} more answers", DEADLINE_SECONDS)
        assert self.failures == []

    def _ask(self, count: Count) -> None:
        connection = HTTPConnection(HOST, self._port, timeout=DEADLINE_SECONDS)
        try:
            for name, body in cycle(self._bodies.items()):
                if self._stop.wait(_PAUSE_SECONDS) or not self._ask_once(connection, name, body, count):
                    return
        finally:
            connection.close()

    def _ask_once(self, connection: HTTPConnection, name: str, body: bytes, count: Count) -> bool:
        """Ask; tells whether to go on."""
        count.sent += 1
        began = time.perf_counter()
        try:
            connection.request("POST", PATH, body, self._headers())
            response = connection.getresponse()
            content = response.read()
        except (HTTPException, OSError) as error:
            connection.close()
            if self.ending:
                count.refused += isinstance(error, ConnectionRefusedError)
                return False
            count.failures.append(repr(error))
            return True
        count.seconds.append(time.perf_counter() - began)
        fault = self._fault(name, response.status, content)
        if fault is None:
            count.answered += 1
        else:
            count.failures.append(fault)
        return True

    def _headers(self) -> dict[str, str]:
        return HEADERS if self._name is None else HEADERS | {"X-Request-ID": f"{self._name}-{next(self._numbers)}"}

    def _fault(self, name: str, status: int, content: bytes) -> str | None:
        if status != 200:
            return f"{status} {content[:200]!r}"
        answer: dict[str, Any] = json.loads(content)
        return None if self._right.include(name, answer) else f"not the answer of one model and snapshot: {answer}"
