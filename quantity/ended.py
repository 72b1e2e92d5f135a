"""How processes end: which of them first, and in words."""

from __future__ import annotations

import signal
from contextlib import suppress
from pathlib import Path

OOM_SCORE, LIKELY = Path("/proc/self/oom_score_adj"), "500"


def end_first() -> None:
    """Where memory is short, the kernel ends this process before the one that answers, which goes on without."""
    with suppress(OSError):
        OOM_SCORE.write_text(LIKELY, encoding="ascii")


def how_ended(returncode: int | None) -> str:
    """What its return code says; None: nothing is known."""
    if returncode is None or returncode >= 0:
        return "it has ended"
    if -returncode == signal.SIGKILL:
        return "it was killed (signal 9), as the kernel does where memory is short"
    return f"it was killed (signal {-returncode})"
