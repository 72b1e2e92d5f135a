"""A thread that does the same thing again and again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

STOP_SECONDS = 3.0


class Poller:
    """Calls ``work`` at once and then every ``seconds``, until it is stopped.

    Args:
        name: of the thread.
        work: what to do; it must not raise.
        seconds: pause between the end of one call and the next.
    """

    def __init__(self, name: str, work: Callable[[], None], seconds: float) -> None:
        self._work, self._seconds = work, seconds
        self._stopped = threading.Event()
        # A daemon: a call that waits for a dead server does not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; a poller runs once."""
        self._thread.start()

    def stop(self) -> None:
        """Begin no further call."""
        self._stopped.set()

    def join(self) -> bool:
        """Wait for the current call; tells whether it has come to its end in time."""
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._work()
            self._stopped.wait(self._seconds)
