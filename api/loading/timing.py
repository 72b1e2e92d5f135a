"""When to look again: at every poll, and later for what has failed."""

from __future__ import annotations

import threading
import time
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


class Backoff:
    """Waits twice as long after each failure of the same version; another version is due at once.

    Args:
        first: seconds to wait after the first failure.
        longest: seconds to wait at most.
        clock: seconds that never run backwards.
    """

    def __init__(self, first: float, longest: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._first, self._longest, self._clock = first, max(first, longest), clock
        self._version: str | None = None
        self._wait = first
        self._due_at = 0.0

    def due(self, version: str) -> bool:
        """Tell whether this version may be tried now."""
        return version != self._version or self._clock() >= self._due_at

    def failed(self, version: str) -> None:
        """Note that this version has failed just now."""
        self._wait = min(self._wait * 2, self._longest) if version == self._version else self._first
        self._version = version
        self._due_at = self._clock() + self._wait
