"""What serving takes by the size of the snapshot, and how each part of it grows."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.scale.serving import ServingCost

ROWS: dict[str, tuple[str, Callable[[ServingCost], float]]] = {
    "load into the local copy, s": (".1f", lambda cost: cost.load_seconds),
    "… processor seconds, model included": (".1f", lambda cost: cost.processor_seconds),
    "from the local copy into service, s": (".2f", lambda cost: cost.swap_seconds),
    "start to first answer, s": (".1f", lambda cost: cost.start_seconds),
    "local copy, MB": (",.0f", lambda cost: cost.copy_mb),
    "loader, most resident, MB": (",.0f", lambda cost: cost.loader_peak_mb),
    "service, its own, MB": (",.0f", lambda cost: cost.own_mb),
    "service, mapped and shared, MB": (",.0f", lambda cost: cost.mapped_mb),
    "both while another comes, their own, MB": (",.0f", lambda cost: cost.all_peak_mb),
    "1 pair, us": (",.1f", lambda cost: cost.lookup_us[1]),
    "100 pairs, us": (",.0f", lambda cost: cost.lookup_us[100]),
    "10,000 pairs, us": (",.0f", lambda cost: cost.lookup_us[10_000]),
    "request of 100 while another comes, ms": (".1f", lambda cost: cost.answer_ms[0]),
    "… the longest, ms": (".0f", lambda cost: cost.answer_ms[1]),
}
"""What is told: how it is written, and where it stands."""


def serving_table(costs: list[ServingCost]) -> Table:
    """A column a size; behind each but the first, the growth since the one before: 1.00 is in proportion to pairs."""
    headings = [f"{costs[0].pairs:,} pairs"]
    for cost in costs[1:]:
        headings += [f"{cost.pairs:,} pairs", "growth"]
    table = Table("", *headings)
    for name, (written, value) in ROWS.items():
        cells = [format(value(costs[0]), written)]
        for before, after in pairwise(costs):
            growth = value(after) / value(before) / (after.pairs / before.pairs)
            cells += [format(value(after), written), f"{growth:.2f}"]
        table.add_row(name, *cells)
    return table
