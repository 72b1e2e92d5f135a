"""What a program that checks tables says: one line for each thing it looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLES = 5
"""How many faulty rows a message names; the rest is only counted."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what it is.
        found: what was found, for the reader of the report.
        fault: what is wrong with it and what follows; None if all is well.
    """

    name: str
    found: str
    fault: str | None = None


def faults(checks: Sequence[Check]) -> list[Check]:
    """The checks that failed."""
    return [check for check in checks if check.fault]


def report(title: str, checks: Sequence[Check]) -> str:
    """All checks as text, one a line."""
    width = max((len(check.name) for check in checks), default=0)
    lines = [f"  {'FAULT' if c.fault else 'ok':<5}  {c.name:<{width}}  {c.found}".rstrip() for c in checks]
    return "\n".join([title, *lines]) + "\n"


def verdict(program: str, checks: Sequence[Check]) -> str:
    """The faults again, at the end, where the reader of a log looks first; empty if there are none."""
    failed = faults(checks)
    if not failed:
        return ""
    lines = [f"{program}: {check.name}: {check.fault}" for check in failed]
    return "\n".join([*lines, f"{program}: {len(failed)} of {len(checks)} checks failed"]) + "\n"


def some(values: Sequence[object], count: int) -> str:
    """The first few of ``count`` values, in words."""
    shown = ", ".join(str(value) for value in values)
    return shown if count <= len(values) else f"{shown}, …"
