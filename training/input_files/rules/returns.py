"""Returns subtracted from the orders before them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from training.input_files.rules.repeats import hash_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

LONGEST_DAYS: Final = 28
"""Most days between an order and its return."""


@dataclass(frozen=True)
class Netted:
    """Quantities after returns.

    Attributes:
        quantity: (n,) cases: 0 where a line is wholly returned, as it was in lines of 0 and less.
        reduced: number of lines that a return has made smaller, or 0.
        unmatched: cases returned for which no order stands in the 28 days before.
        without_order: the lines that return them, ascending.
    """

    quantity: Ints
    reduced: int
    unmatched: int
    without_order: Ints


def net_returns(keys: Sequence[Ints], day: Ints, quantity: Ints) -> Netted:
    """Subtract each return from the latest orders of the same store, product and variant.

    Returns go by day; the day's own orders come first, then those of earlier days, the latest first, at most
    28 days back. A line never falls below 0.

    Args:
        keys: (n,) arrays that together name the store, the product and the variant.
        day: (n,) days.
        quantity: (n,) cases; below 0 where a line is a return.
    """
    group = hash_rows(keys)
    touched = np.flatnonzero(np.isin(group, group[quantity < 0]))
    # Within a day, orders stand before returns.
    rows = touched[np.lexsort((quantity[touched] < 0, day[touched], group[touched]))]
    netted = quantity.copy()
    open_lines: list[tuple[int, int, int]] = []
    current, unmatched, reduced, without_order = -1, 0, set[int](), list[int]()
    for row, key, date, cases in zip(
        rows.tolist(), group[rows].tolist(), day[rows].tolist(), quantity[rows].tolist(), strict=True
    ):
        if key != current:
            current, open_lines = key, []
        if cases > 0:
            open_lines.append((row, date, cases))
        elif cases < 0:
            left = _subtract(-cases, date, open_lines, netted, reduced)
            unmatched += left
            without_order += [row] if left else []
    return Netted(netted, len(reduced), unmatched, np.array(sorted(without_order), np.int64))


def _subtract(cases: int, date: int, open_lines: list[tuple[int, int, int]], netted: Ints, reduced: set[int]) -> int:
    """Take cases from the latest lines; the cases that are left over."""
    while cases and open_lines and date - open_lines[-1][1] <= LONGEST_DAYS:
        row, ordered_on, left = open_lines.pop()
        taken = min(cases, left)
        netted[row] -= taken
        reduced.add(row)
        cases -= taken
        if left > taken:
            open_lines.append((row, ordered_on, left - taken))
    return cases
