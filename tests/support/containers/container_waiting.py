"""Waiting for containers, which takes seconds: looks rarely, for each look costs a command or a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_servers import waiting

if TYPE_CHECKING:
    from collections.abc import Callable

DEADLINE_SECONDS = 120.0


def wait_until(condition: Callable[[], bool], what: str, seconds: float = DEADLINE_SECONDS) -> None:
    """Return as soon as ``condition()`` is true; see `waiting.wait_until`."""
    waiting.wait_until(condition, what, seconds, interval=0.5)
