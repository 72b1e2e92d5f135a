"""The command line run as it is, and the doctor's report taken apart."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from command_line.doctor import program
from local_servers.ports import free_port
from tests.support.api.service_process import environment_of
from tests.support.containers.image_packages import LEAVE_OUT, absent_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pytest

    from quantity.settings import Settings

ROOT = Path(__file__).parents[2]
START = f"import sys\nfrom command_line.__main__ import main\n{LEAVE_OUT}\nsys.exit(main())"
LINE = re.compile(r"^(ok|warning|fault|skipped) +(\w+) +(.+)$")


class Line(NamedTuple):
    """A line of the report, and what it says to do."""

    state: str
    seen: str
    remedy: str


@dataclass(frozen=True)
class Report:
    """The doctor's report: its lines by check, and its exit code."""

    code: int
    text: str

    def __getitem__(self, check: str) -> list[Line]:
        found: list[tuple[str, Line]] = []
        for line in self.text.splitlines():
            if parts := LINE.match(line):
                found.append((parts[2], Line(parts[1], parts[3], "")))
            elif "-> " in line:
                name, last = found.pop()
                found.append((name, last._replace(remedy=line.partition("-> ")[2])))
        return [line for name, line in found if name == check]

    def states(self, check: str) -> list[str]:
        """Those of a check's lines."""
        return [line.state for line in self[check]]

    def only(self, check: str, state: str) -> Line:
        """The one line of a check that is in this state."""
        (line,) = (line for line in self[check] if line.state == state)
        return line


def with_free_port(settings: Settings) -> Settings:
    """Settings of a service that could listen."""
    return settings.model_copy(update={"api_port": free_port()})


def diagnose(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Report:
    """Run the doctor on these settings in this process."""
    capsys.readouterr()
    code = program.main([], settings)
    told = capsys.readouterr()
    assert told.err == ""
    return Report(code, told.out)


def run(
    *arguments: str, settings: Settings | None = None, variables: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run ``python -m command_line`` as a process of its own."""
    environment = (environment_of(settings) if settings else {}) | dict(variables or {})
    return _run(["-m", "command_line", *arguments], environment, cwd)


def run_in_image(
    image: str, other: str, *arguments: str, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command with the packages of an image alone, ``api`` or ``training``, and without another package."""
    absent = ",".join([*absent_from(ROOT / image / "requirements.txt"), other])
    return _run(["-c", START, absent, *arguments], variables or {}, ROOT)


def _run(command: Sequence[str], variables: Mapping[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | dict(variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
