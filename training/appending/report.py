"""What files that were appended did: to print, and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from training.appending.merging import Counts
    from training.appending.taking import Taking


@dataclass(frozen=True)
class AppendReport:
    """The report on appended files: that of each file's reading, and what became of its order lines."""

    taking: Taking

    def print(self, console: Console) -> None:
        """Print each file's reading and counts, then the sum."""
        for file in self.taking.taken:
            file.report.print(console)
            _print_lines(console, f"{file.path.name}: ", file.counts)
        if len(self.taking.taken) > 1:
            _print_lines(console, f"{len(self.taking.taken):,} files: ", self.taking.counts)

    def as_json(self) -> dict[str, Any]:
        """The report in JSON's types."""
        return {
            "order_lines": asdict(self.taking.counts),
            "files": [
                {"file": file.path.name, "order_lines": asdict(file.counts), "reading": file.report.as_json()}
                for file in self.taking.taken
            ],
            "refused": [{"file": file.path.name, "reason": file.reason} for file in self.taking.refused],
        }


def _print_lines(console: Console, what: str, counts: Counts) -> None:
    for line in _lines(counts):
        console.print(f"{what}{line}", soft_wrap=True)


def _lines(counts: Counts) -> Iterator[str]:
    told = f"{counts.new:,} order lines new, {counts.already_there:,} already there, {counts.corrected:,} corrected"
    yield told + (f", {counts.cancelled:,} taken away" if counts.cancelled else "")
    if counts.elsewhere:
        yield (
            f"looks odd: {counts.elsewhere:,} of the new lines have the order id, variant and date of a line of "
            "another store or product; they are lines of their own"
        )
