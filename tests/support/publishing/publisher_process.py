"""A publisher in a process of its own, which stops at a statement and waits to be killed.

Run as ``python -m tests.support.publishing.publisher_process <database> <mark> <before|after> <pattern> <count>``: it
publishes, says so at the count-th statement that the pattern matches, and goes no further.
"""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event, make_url

from quantity.db.engine import connect
from tests.support.publishing.published import publish_marked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL

REACHED = "reached"
ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Point:
    """A place in a run: just before or after its count-th statement that a pattern matches."""

    when: str
    pattern: str
    count: int = 1


@contextmanager
def stopped_publisher(url: URL, mark: int, point: Point) -> Iterator[subprocess.Popen[str]]:
    """A process that publishes ``mark`` and has come to ``point``; it is killed at the end."""
    address = url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", __name__, address, str(mark), point.when, point.pattern, str(point.count)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == REACHED
            yield process
        finally:
            process.kill()


def stop_at(point: Point) -> None:
    """Let this process come no further than the point, on whichever connection."""
    numbers = count(1)

    @event.listens_for(Engine, f"{point.when}_cursor_execute")
    def _look(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if re.match(point.pattern, statement.strip()) and next(numbers) == point.count:
            sys.stdout.write(f"{REACHED}\n")
            sys.stdout.flush()
            sys.stdin.read()


def _main(address: str, mark: str, when: str, pattern: str, number: str) -> None:
    stop_at(Point(when, pattern, int(number)))
    publish_marked(connect(make_url(address)), int(mark))


if __name__ == "__main__":
    _main(*sys.argv[1:])
