"""A check: bounded in time, and a fault of its own is a finding too."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from command_line.doctor.finding import Finding, fault, not_looked_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from command_line.doctor.situation import Situation

REPORT = "this line is a fault of the project, or of its installation: `make install` installs it anew"
"""What to do where a check fails by itself."""

ABSENCES = {
    "settings": "no settings that can be used",
    "database": "no database",
    "registry": "no registry",
    "champion": "no champion",
}
"""By what a check needs of the situation: why it was not looked at."""


@dataclass(frozen=True)
class Check:
    """A module's ``look``, and when it is called.

    Attributes:
        name: in the report.
        module: is imported before the time begins.
        needs: attributes of the situation without which there is nothing to look at.
        seconds: it may take; a thread that takes longer is left alone.
    """

    name: str
    module: str
    needs: tuple[str, ...] = ()
    seconds: float = 5

    def findings(self, situation: Situation) -> Iterator[Finding]:
        """What it finds."""
        for need in self.needs:
            if getattr(situation, need) is None:
                yield not_looked_at(ABSENCES[need])
                return
        try:
            look = import_module(self.module).look
        except Exception as error:  # noqa: BLE001 - a broken installation fails in any way it likes
            yield _failed(error)
            return
        yield from within(self.seconds, partial(look, situation))


def within(seconds: float, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """What a function finds in so many seconds; that it takes longer, or fails, is a fault."""
    found: SimpleQueue[Finding | None] = SimpleQueue()
    Thread(target=_look, args=(look, found), daemon=True).start()
    deadline = time.monotonic() + seconds
    while True:
        try:
            finding = found.get(timeout=max(deadline - time.monotonic(), 0))
        except Empty:
            yield fault(
                f"no end within {seconds:g} seconds", "see whether the machine is busy, or a disk or server hangs"
            )
            return
        if finding is None:
            return
        yield finding


def _look(look: Callable[[], Iterable[Finding]], found: SimpleQueue[Finding | None]) -> None:
    try:
        for finding in look():
            found.put(finding)
    except Exception as error:  # noqa: BLE001 - the other checks go on, whatever it is
        found.put(_failed(error))
    found.put(None)


def _failed(error: Exception) -> Finding:
    return fault(f"the check failed: {type(error).__name__}: {error}", REPORT)
