"""When to try a version again that could not be loaded."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


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
