"""What was found, as tables on the terminal and as one in Markdown."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Finding:
    """A row of the closing table.

    Attributes:
        what: was measured.
        value: as text, with its unit.
        goal: as text, or empty.
        met: whether the goal was reached, or None without one.
    """

    what: str
    value: str
    goal: str = ""
    met: bool | None = None


def markdown(findings: Iterable[Finding]) -> str:
    """The closing table, ready for the README."""
    rows = [f"| {f.what} | {f.value} | {f.goal} | {_verdict(f)} |" for f in findings]
    heading = ("| measured | value | goal | met |", "|---|---|---|---|")
    return "\n".join((f"Measured side by side in one run on {machine()}:", "", *heading, *rows))


def machine() -> str:
    """The processor, its cores and Python's version."""
    return f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _verdict(finding: Finding) -> str:
    return "" if finding.met is None else "yes" if finding.met else "no"


def _processor() -> str:
    description = Path("/proc/cpuinfo")
    lines = description.read_text().splitlines() if description.exists() else []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
