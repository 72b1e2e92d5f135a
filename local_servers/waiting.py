"""Waiting for something to come true."""

from __future__ import annotations

import time
from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

DEADLINE_SECONDS = 60.0
_INTERVAL_SECONDS = 0.02


def wait_until(
    condition: Callable[[], bool], what: str, seconds: float = DEADLINE_SECONDS, interval: float = _INTERVAL_SECONDS
) -> None:
    """Return as soon as ``condition()`` is true.

    Raises:
        TimeoutError: it was not within ``seconds``; the message names ``what``.
    """
    deadline = time.monotonic() + seconds
    pause = Event()
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        pause.wait(interval)
