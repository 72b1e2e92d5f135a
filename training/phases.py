"""The phases of a long run: progress while they last, seconds and memory when they end.

On a terminal progress is a bar. In a log, such as a container's or Airflow's, it is a line where a bar would begin, and
one when it is full.
"""

from __future__ import annotations

import resource
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
        self._display: _Display = _Bars(console) if console.is_terminal else _Lines(console)
        self.records: list[PhaseRecord] = []

    def __enter__(self) -> Self:
        self._display.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._display.close()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time what happens inside; `start` and `advance` report on it."""
        began = time.perf_counter()
        yield
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MIB
        self.records.append(PhaseRecord(name, time.perf_counter() - began, peak))

    def start(self, what: str, total: int, *, at_least: int = 0) -> None:
        """Begin a bar for ``total`` steps; there is none for fewer than ``at_least``."""
        self._display.start(what if total >= at_least else None, total)

    def advance(self, steps: int = 1) -> None:
        """Move the current bar on."""
        self._display.advance(steps)

    def advance_to(self, steps: int) -> None:
        """Move the current bar to so many steps."""
        self._display.advance_to(steps)


def file_progress(phases: Phases) -> Callable[[str, float], None]:
    """A bar for each file that is read: called with its name and the share of it read so far, 0 to 1."""
    current = ""

    def show(name: str, share: float) -> None:
        nonlocal current
        if name != current:
            phases.start(f"read {name}", 100)
            current = name
        phases.advance_to(round(share * 100))

    return show


class _Display(Protocol):
    def open(self) -> None: ...
    def close(self) -> None: ...
    def start(self, what: str | None, total: int) -> None: ...
    def advance(self, steps: int) -> None: ...
    def advance_to(self, steps: int) -> None: ...


class _Bars:
    def __init__(self, console: Console) -> None:
        columns = TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        self._progress = Progress(*columns, console=console)
        self._task: TaskID | None = None

    def open(self) -> None:
        self._progress.start()

    def close(self) -> None:
        self._progress.stop()

    def start(self, what: str | None, total: int) -> None:
        self._task = self._progress.add_task(what, total=total) if what is not None else None

    def advance(self, steps: int) -> None:
        if self._task is not None:
            self._progress.advance(self._task, steps)

    def advance_to(self, steps: int) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=steps)


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._what: str | None = None
        self._total, self._done, self._began = 0, 0, 0.0

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def start(self, what: str | None, total: int) -> None:
        self._what, self._total, self._done, self._began = what, total, 0, time.perf_counter()
        if what is not None:
            self._print(f"{what} ...")

    def advance(self, steps: int) -> None:
        self.advance_to(self._done + steps)

    def advance_to(self, steps: int) -> None:
        self._done = steps
        if self._what is not None and steps >= self._total:
            self._print(f"{self._what}: done in {time.perf_counter() - self._began:.1f} s")
            self._what = None

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
