"""Requests without a pause, and what came of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import httpx2

from local_servers.waiting import wait_until

if TYPE_CHECKING:
    from types import TracebackType

_PAUSE_SECONDS = 0.05


@dataclass
class Traffic:
    """Asks for the same predictions again and again, in a thread, until the block ends.

    Attributes:
        url: address of the API.
        body: the request.
        answered: number of predictions answered.
        failures: what came instead of an answer.
    """

    url: str
    body: dict[str, Any]
    answered: int = 0
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send, name="traffic")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def wait_for_more(self, count: int = 20) -> None:
        """Return when so many more predictions have been answered."""
        enough = self.answered + count
        wait_until(lambda: self.answered >= enough, f"{count} more answers; failures: {self.failures[:3]}")

    def _send(self) -> None:
        with httpx2.Client(base_url=self.url) as client:
            while not self._stop.wait(_PAUSE_SECONDS):
                try:
                    response = client.post("/quantity/predict", json=self.body)
                except httpx2.HTTPError as error:
                    self.failures.append(repr(error))
                    continue
                if response.status_code == httpx2.codes.OK:
                    self.answered += 1
                else:
                    self.failures.append(f"{response.status_code} {response.text}")
