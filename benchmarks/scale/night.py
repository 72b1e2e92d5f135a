"""The orders of a market's last day, kept apart to come a night later."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ORDERS, NIGHT = "data_order.csv", "night.csv"


def hold_back_last_day(data: Path) -> Path:
    """Move the order lines of the last day from a folder of files to a file beside it; the result is its path."""
    night, rest = data.parent / NIGHT, data / f"{ORDERS}.tmp"
    if night.exists():
        return night
    with (data / ORDERS).open() as lines:
        header = next(lines)
        place = header.strip().split(",").index("CHECKOUT_DATE")
        last = max(line.rstrip().split(",")[place] for line in lines)
    with (data / ORDERS).open() as lines, rest.open("w") as kept, night.open("w") as held:
        kept.write(next(lines))
        held.write(header)
        for line in lines:
            (held if line.rstrip().split(",")[place] == last else kept).write(line)
    rest.replace(data / ORDERS)
    return night
