"""A limit to the connections at a time: above it, those that have waited longest for their clients make room."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

RESERVED: Final = 100
"""Connections above the limit, for `/metrics`, `/healthcheck/` and to say 503 to the others."""

PATIENCE_SECONDS: Final = 1.0
"""A client that has waited for an answer, or has let the service wait, no longer than this is left alone."""


class Connection(Protocol):
    """A connection, as the limit knows it."""

    def is_clients_turn(self) -> bool:
        """Whether the client has to send or to read something before anything can go on."""

    def make_room(self) -> None:
        """End it for the sake of others."""


class ConnectionLimit:
    """The open connections, in the order of their last answers.

    Args:
        limit: so many may ask for predictions.
        clock: tells the time, in seconds.
    """

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = limit, clock
        self._answered_at: OrderedDict[Connection, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._answered_at)

    @property
    def is_exceeded(self) -> bool:
        """Whether there are more than may ask for predictions."""
        return len(self._answered_at) > self._limit

    def add(self, connection: Connection) -> bool:
        """Add a new connection; tells whether it is within the limit and what is reserved beside it."""
        now = self._clock()
        self._close_idle(len(self) + 1 - self._limit, now - PATIENCE_SECONDS)
        self._close_idle(len(self) + 1 - self._limit - RESERVED, now)
        self._answered_at[connection] = now
        return len(self) <= self._limit + RESERVED

    def answered(self, connection: Connection) -> None:
        """Note that a connection has got an answer just now."""
        if connection in self._answered_at:
            self._answered_at[connection] = self._clock()
            self._answered_at.move_to_end(connection)

    def discard(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        self._answered_at.pop(connection, None)

    def _close_idle(self, count: int, before: float) -> None:
        if count <= 0:
            return
        idle: list[Connection] = []
        for connection, answered_at in self._answered_at.items():
            if len(idle) == count or answered_at > before:
                break
            if connection.is_clients_turn():
                idle.append(connection)
        for connection in idle:
            self.discard(connection)
            connection.make_room()
