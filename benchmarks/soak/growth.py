"""What a process holds, looked at every second: memory, file descriptors, threads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.serving.resident import megabytes
from benchmarks.watch import Watch

SECONDS_PER_HOUR = 3600


@dataclass(frozen=True)
class Held:
    """Descriptors and threads at one moment."""

    descriptors: int
    threads: int


@dataclass(frozen=True)
class Growth:
    """From the first sample after the warm-up to the last.

    Attributes:
        mb_first, mb_last: resident memory of the service's own process.
        mb_per_hour: the slope of the line through all samples, by least squares.
        first, last: the rest.
    """

    mb_first: float
    mb_last: float
    mb_per_hour: float
    first: Held
    last: Held


class GrowthWatch(Watch):
    """Looks at a process every second, in a thread.

    Args:
        pid: the process.
    """

    def __init__(self, pid: int) -> None:
        self._pid, self._folder = pid, Path(f"/proc/{pid}")
        self._samples: list[tuple[float, Held]] = []
        super().__init__(self._look, 1)

    def growth(self, warm_up_seconds: int) -> Growth:
        """What has grown since the warm-up."""
        samples = self._samples[warm_up_seconds:]
        memory = [mb for mb, _ in samples]
        slope = float(np.polyfit(np.arange(len(memory)), memory, 1)[0])
        return Growth(memory[0], memory[-1], slope * SECONDS_PER_HOUR, samples[0][1], samples[-1][1])

    def _look(self) -> None:
        held = Held(*(len(list((self._folder / kind).iterdir())) for kind in ("fd", "task")))
        self._samples.append((megabytes(self._pid, "VmRSS"), held))
