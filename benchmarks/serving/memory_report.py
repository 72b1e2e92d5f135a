"""What the service with a million pairs takes, and the goals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from benchmarks.serving.report import Finding

if TYPE_CHECKING:
    from benchmarks.serving.memory import Memory
    from benchmarks.serving.resident import Resident

MOST_MB = 400.0
MOST_LOAD_SECONDS = 10.0
SMALL_MB = 32.0
"""The allocator's leftovers of a swap: far from a second copy."""


def memory_table(memory: Memory) -> Table:
    """The service's memory, from its start to the second snapshot."""
    first, second = memory.loads[0], memory.loads[-1]
    headings = ("resident memory", "service, MB", "with what it starts, MB", "seconds")
    table = Table(*headings, title=f"The service with {memory.pairs:,} pairs from MySQL")
    table.add_row("most while loading", f"{memory.load_peak:,.0f}", "", f"{first:.1f}")
    table.add_row("at rest", *_both(memory.at_rest), "")
    table.add_row("most while loading another", *_both(memory.swap_peak), f"{second:.1f}")
    table.add_row("… nearer to that than to what follows", "", "", f"{memory.swap_seconds:.1f}")
    table.add_row("at rest again", *_both(memory.after), "")
    return table


def memory_findings(memory: Memory) -> list[Finding]:
    """The goals, and what was reached."""
    pairs = f"{memory.pairs:,} pairs"
    slowest, grown = max(memory.loads), memory.after.total - memory.at_rest.total
    return [
        Finding(
            f"{pairs}, resident memory",
            f"{memory.at_rest.own:,.0f} MB at rest, {memory.at_rest.total:,.0f} MB with what it starts",
            f"< {MOST_MB:.0f} MB",
            memory.at_rest.own < MOST_MB,
        ),
        Finding(
            f"{pairs}, loading from MySQL",
            " and ".join(f"{seconds:.1f}" for seconds in memory.loads) + " s",
            f"< {MOST_LOAD_SECONDS:.0f} s",
            slowest < MOST_LOAD_SECONDS,
        ),
        Finding(
            f"{pairs}, growth by a swap",
            f"{grown:+,.0f} MB; {memory.swap_peak.total:,.0f} MB at most while it lasts ({memory.swap_seconds:.1f} s)",
            f"≤ {SMALL_MB:.0f} MB",
            grown <= SMALL_MB,
        ),
    ]


def _both(resident: Resident) -> tuple[str, str]:
    return f"{resident.own:,.0f}", f"{resident.total:,.0f}"
