"""The resident memory of a process and of those it has started, watched from outside."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.watch import Watch
from local_servers.processes import children, read_if_there
from local_servers.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERVAL_SECONDS = 0.05
REST_SECONDS = 3.0
REST_CHANGE_MB = 1.0
LONGEST_UNREST_SECONDS = 120.0


class Resident(NamedTuple):
    """Memory at one moment, in MB.

    Attributes:
        own: of the process.
        total: with that of the processes it has started.
    """

    own: float
    total: float


class ResidentMemory(Watch):
    """Looks at a process every 50 ms, in a thread.

    Args:
        pid: the process.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._samples: list[Resident] = []
        super().__init__(self._look, INTERVAL_SECONDS)

    def own_peak(self) -> float:
        """The most that the process itself has ever had, in MB."""
        return megabytes(self._pid, "VmHWM")

    def mark(self) -> int:
        """A moment, for `since`."""
        return len(self._samples)

    def since(self, mark: int) -> list[Resident]:
        """The samples from that moment on."""
        return self._samples[mark:]

    def at_rest(self) -> Resident:
        """What it has once that has hardly changed for three seconds.

        Raises:
            TimeoutError: it goes on changing.
        """
        began = time.monotonic()
        wait_until(lambda: self._rests(began), "the memory is at rest", LONGEST_UNREST_SECONDS)
        return self._samples[-1]

    def _rests(self, began: float) -> bool:
        last = [sample.total for sample in self._samples[-round(REST_SECONDS / INTERVAL_SECONDS) :]]
        return time.monotonic() - began > REST_SECONDS and max(last) - min(last) < REST_CHANGE_MB

    def _look(self) -> None:
        own, *others = (megabytes(pid, "VmRSS") for pid in _family(self._pid))
        self._samples.append(Resident(own, own + sum(others)))


def _family(pid: int) -> Iterator[int]:
    """The process, its children, theirs."""
    yield pid
    for child in children(pid):
        yield from _family(child)


def megabytes(pid: int, name: str) -> float:
    """A line of a process' status, in MB; 0 for a process that has ended."""
    for line in read_if_there(Path(f"/proc/{pid}/status")).splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0
