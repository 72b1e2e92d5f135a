"""The fault matrix: what was done to the service, how many requests were sent meanwhile, how many failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.faults.endless_clients import Load


@dataclass(frozen=True)
class Row:
    """One fault and the requests sent while it lasted."""

    fault: str
    sent: int
    failed: int


@dataclass
class Matrix:
    """All rows of a test session, and further figures worth reading."""

    rows: list[Row] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)

    def add(self, fault: str, load: Load) -> None:
        """Add what came of a load."""
        self.rows.append(Row(fault, load.sent, len(load.failures)))

    def lines(self) -> Iterator[str]:
        """The matrix as text."""
        if self.rows:
            width = max(len(row.fault) for row in self.rows)
            yield f"{'fault':{width}}  {'sent':>8}  {'failed':>6}"
            yield from (f"{row.fault:{width}}  {row.sent:8,}  {row.failed:6,}" for row in self.rows)
        yield from self.figures
