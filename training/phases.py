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
        self._console = console
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

    def advance(self, steps: int = 1, what: str | None = None) -> None:
        """Move a bar on, by default the last one that began."""
        self._display.advance(steps, what)

    def advance_to(self, steps: int, what: str | None = None) -> None:
        """Move a bar to so many steps, by default the last one that began."""
        self._display.advance_to(steps, what)

    def tell(self, message: str) -> None:
        """Print a line beside the bars."""
        self._console.print(message, markup=False, highlight=False, soft_wrap=True)


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


def step_progress(phases: Phases) -> Callable[[str, int, int], None]:
    """A bar for each thing that is done: called with what it is, and how much of how much is done."""
    current = ""

    def show(what: str, done: int, of: int) -> None:
        nonlocal current
        if what != current:
            phases.start(what, of)
            current = what
        phases.advance_to(min(done, of))

    return show


class _Display(Protocol):
    def open(self) -> None: ...
    def close(self) -> None: ...
    def start(self, what: str | None, total: int) -> None: ...
    def advance(self, steps: int, what: str | None) -> None: ...
    def advance_to(self, steps: int, what: str | None) -> None: ...


class _Bars:
    def __init__(self, console: Console) -> None:
        columns = TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        self._progress = Progress(*columns, console=console)
        self._tasks: dict[str, TaskID] = {}
        self._last: str | None = None

    def open(self) -> None:
        self._progress.start()

    def close(self) -> None:
        self._progress.stop()

    def start(self, what: str | None, total: int) -> None:
        self._last = what
        if what is not None:
            self._tasks[what] = self._progress.add_task(what, total=total)

    def advance(self, steps: int, what: str | None) -> None:
        task = self._tasks.get(what or self._last or "")
        if task is not None:
            self._progress.advance(task, steps)

    def advance_to(self, steps: int, what: str | None) -> None:
        task = self._tasks.get(what or self._last or "")
        if task is not None:
            self._progress.update(task, completed=steps)


@dataclass
class _Line:
    total: int
    began: float
    done: int = 0


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._begun: dict[str, _Line] = {}
        self._last: str | None = None

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def start(self, what: str | None, total: int) -> None:
        self._last = what
        if what is not None:
            self._begun[what] = _Line(total, time.perf_counter())
            self._print(f"{what} ...")

    def advance(self, steps: int, what: str | None) -> None:
        name = what or self._last
        if name in self._begun:
            self._move(name, self._begun[name].done + steps)

    def advance_to(self, steps: int, what: str | None) -> None:
        name = what or self._last
        if name in self._begun:
            self._move(name, steps)

    def _move(self, what: str, steps: int) -> None:
        line = self._begun[what]
        line.done = steps
        if steps >= line.total:
            self._print(f"{what}: done in {time.perf_counter() - line.began:.1f} s")
            del self._begun[what]

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
