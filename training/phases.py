"""The phases of a long run: progress while they last, seconds and memory when they end."""

from __future__ import annotations

import resource
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

MIB = 1024


@dataclass(frozen=True)
class PhaseRecord:
    """A finished phase.

    Attributes:
        name: what was done.
        seconds: how long it took.
        peak_mib: the process' peak resident memory up to its end, MiB.
    """

    name: str
    seconds: float
    peak_mib: int


class Phases:
    """Runs phases one after the other under one progress display."""

    def __init__(self, console: Console) -> None:
        columns = TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        self._progress = Progress(*columns, console=console)
        self._task: TaskID | None = None
        self.records: list[PhaseRecord] = []

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time what happens inside; `start` and `advance` report on it."""
        began = time.perf_counter()
        yield
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MIB
        self.records.append(PhaseRecord(name, time.perf_counter() - began, peak))

    def start(self, what: str, total: int, *, at_least: int = 0) -> None:
        """Begin a bar for ``total`` steps; there is none for fewer than ``at_least``."""
        self._task = self._progress.add_task(what, total=total) if total >= at_least else None

    def advance(self, steps: int = 1) -> None:
        """Move the current bar on."""
        if self._task is not None:
            self._progress.advance(self._task, steps)

    def advance_to(self, steps: int) -> None:
        """Move the current bar to so many steps."""
        if self._task is not None:
            self._progress.update(self._task, completed=steps)
