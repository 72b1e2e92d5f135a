"""A limit to the large requests at a time: each holds its body, up to megabytes, while it arrives and waits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Self

from api.http.errors import RefusedError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from types import TracebackType

RETRY_AFTER_SECONDS: Final = 1

PATIENCE_SECONDS: Final = 1.0
"""A large body that takes longer to arrive gives way to others when there are too many."""


def too_busy(reason: str) -> RefusedError:
    """503; the same request may be answered a moment later."""
    return RefusedError(503, {"detail": reason}, {"Retry-After": str(RETRY_AFTER_SECONDS)})


def too_many_large_requests() -> RefusedError:
    """503 for a large request among too many."""
    return too_busy("there are too many large requests")


class LargeRequests:
    """The large requests that arrive, wait or are answered; where there are too many, slow ones give way.

    Args:
        larger_than: the length, in bytes, of the longest body that is not large.
        limit: most of them at a time.
        clock: tells the time, in seconds.
    """

    def __init__(self, larger_than: int, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._larger_than, self._limit, self._clock = larger_than, limit, clock
        # When each became large, the oldest first.
        self._large: dict[RequestSize, float] = {}

    def __len__(self) -> int:
        return len(self._large)

    def grow(self, size: RequestSize, length: int) -> None:
        """Note that a request has grown to this length.

        Raises:
            RefusedError: 503, it is large, and there are too many of them.
        """
        if length <= self._larger_than or size in self._large:
            return
        if len(self._large) >= self._limit:
            self._make_room()
        if len(self._large) >= self._limit:
            raise too_many_large_requests()
        self._large[size] = self._clock()

    def leave(self, size: RequestSize) -> None:
        """Forget a request, large or not."""
        self._large.pop(size, None)

    def _make_room(self) -> None:
        latest = self._clock() - PATIENCE_SECONDS
        slow = (size for size, since in self._large.items() if since < latest and size.arrival is not None)
        if (slowest := next(slow, None)) is not None:
            self.leave(slowest)
            slowest.give_way()


class RequestSize:
    """A request, as long as it is read and answered: a context.

    Attributes:
        arrival: the time limit of its body while that arrives.
        has_given_way: whether that was ended for the sake of others.
    """

    __slots__ = ("_requests", "arrival", "has_given_way")

    def __init__(self, requests: LargeRequests) -> None:
        self._requests = requests
        self.arrival: asyncio.Timeout | None = None
        self.has_given_way = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._requests.leave(self)

    def grow_to(self, length: int) -> None:
        """Note that so much of the body has arrived, or is declared.

        Raises:
            RefusedError: 503, the request is large, and there are too many of them.
        """
        self._requests.grow(self, length)

    def give_way(self) -> None:
        """End the arrival of its body."""
        if self.arrival is not None:
            self.has_given_way = True
            self.arrival.reschedule(0)
