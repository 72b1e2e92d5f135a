"""What a check has found: a line, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it is."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """A line of the report.

    Attributes:
        state: how it is.
        seen: what was seen.
        remedy: what to do.
    """

    state: State
    seen: str
    remedy: str = ""


def ok(seen: str) -> Finding:
    """All is well."""
    return Finding(State.OK, seen)


def warning(seen: str, remedy: str) -> Finding:
    """It works, and may not for long or not as it is meant."""
    return Finding(State.WARNING, seen, remedy)


def fault(seen: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(State.FAULT, seen, remedy)


def not_looked_at(reason: str) -> Finding:
    """It cannot be told, for a reason that is told elsewhere, or is none of a fault."""
    return Finding(State.SKIPPED, f"not looked at: {reason}")
