"""Runs the checks and prints a line for each thing that they find, to be pasted into a bug report."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from command_line.doctor.check import Check
from command_line.doctor.finding import State
from command_line.doctor.masking import masked
from command_line.doctor.situation import Situation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from command_line.doctor.finding import Finding
    from quantity.settings import Settings

SOUND, FAULTY = range(2)
"""Exit codes."""

_CHECKS = "command_line.doctor"

CHECKS = (
    Check("settings", f"{_CHECKS}.settings_read"),
    Check("versions", f"{_CHECKS}.versions"),
    Check("disk", f"{_CHECKS}.disk", ("settings",)),
    Check("database", f"{_CHECKS}.database", ("settings",)),
    # A store of this machine's own is opened by much code.
    Check("registry", f"{_CHECKS}.registry", ("settings",), seconds=15),
    Check("snapshot", f"{_CHECKS}.snapshot", ("settings", "database")),
    Check("model", f"{_CHECKS}.model", ("settings", "registry", "champion"), seconds=30),
    Check("service", f"{_CHECKS}.service", ("settings",)),
)


def main(
    argv: Sequence[str] | None = None, settings: Settings | None = None, *, prog: str = "python -m command_line doctor"
) -> int:
    """Run the program; the result is its exit code."""
    _parser(prog).parse_args(argv)
    counts: Counter[State] = Counter()
    with tempfile.TemporaryDirectory(prefix="quantity-doctor-", ignore_cleanup_errors=True) as folder:
        situation = Situation(Path(folder), settings)
        for check in CHECKS:
            for finding in check.findings(situation):
                counts[finding.state] += 1
                sys.stdout.write(masked(_lines(check.name, finding), situation.settings))
                sys.stdout.flush()
        if situation.database is not None:
            situation.database.dispose()
    sys.stdout.write(_summary(counts))
    return FAULTY if counts[State.FAULT] else SOUND


def _lines(name: str, finding: Finding) -> str:
    # Whatever an error says stays on its line.
    seen, remedy = (" ".join(text.split()) for text in (finding.seen, finding.remedy))
    return f"{finding.state:<8} {name:<8}  {seen}\n" + (f"{'':<17}  -> {remedy}\n" if remedy else "")


def _summary(counts: Counter[State]) -> str:
    told = [
        f"{counts[state]} {state}{'s' * (counts[state] > 1)}" for state in (State.FAULT, State.WARNING) if counts[state]
    ]
    if not counts[State.FAULT]:
        return f"\n{' and '.join(['no faults', *told])}\n"
    return f"\n{' and '.join(told)}: begin with the first, as others may follow from it\n"


def _parser(prog: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=prog,
        description=(
            "Looks at settings, packages, disk, database, registry, snapshot, model and service, and prints a line for "
            "each thing seen, with what to run where something is wrong. Changes nothing, and leaves out passwords: "
            "paste all of it into a bug report."
        ),
        epilog=f"exit codes: {SOUND} no faults, {FAULTY} there are some",
    )
