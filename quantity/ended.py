"""How a process has ended, in words."""

from __future__ import annotations

import signal


def how_ended(returncode: int | None) -> str:
    """What its return code says; None: nothing is known."""
    if returncode is None or returncode >= 0:
        return "it has ended"
    if -returncode == signal.SIGKILL:
        return "it was killed (signal 9), as the kernel does where memory is short"
    return f"it was killed (signal {-returncode})"
