"""Returns are subtracted from the latest orders before them, by the definition."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from training.input_files.rules.returns import LONGEST_DAYS, net_returns

LINES = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 40), st.integers(-6, 6)), max_size=12)


def netted_naively(lines: list[tuple[int, int, int]]) -> list[int]:
    """The definition, case by case: each returned case is taken from the latest line that has one left."""
    left = [max(quantity, 0) for _, _, quantity in lines]
    returns = sorted((day, row) for row, (_, day, quantity) in enumerate(lines) if quantity < 0)
    for day, row in returns:
        pair = lines[row][0]
        for _ in range(-lines[row][2]):
            candidates = [
                (ordered_on, place)
                for place, (other, ordered_on, _) in enumerate(lines)
                if other == pair and left[place] and day - LONGEST_DAYS <= ordered_on <= day
            ]
            if candidates:
                left[max(candidates)[1]] -= 1
    return left


@settings(deadline=None)
@given(LINES)
def test_returns_reduce_the_latest_orders(lines: list[tuple[int, int, int]]) -> None:
    pair, day, quantity = np.array(lines, dtype=np.int64).reshape(-1, 3).T.copy()
    netted = net_returns([pair, pair, pair], day, quantity)
    left = netted_naively(lines)
    assert [max(cases, 0) for cases in netted.quantity] == left
    ordered, returned = quantity[quantity > 0].sum(), -quantity[quantity < 0].sum()
    assert sum(left) == ordered - (returned - netted.unmatched)
    assert netted.reduced == sum(cases < line[2] for cases, line in zip(left, lines, strict=True) if line[2] > 0)


def test_other_variants_are_left_alone() -> None:
    store, variant = np.array([1, 1]), np.array([1, 2])
    netted = net_returns([store, store, variant], np.array([5, 6]), np.array([3, -3]))
    assert (netted.quantity.tolist(), netted.unmatched) == ([3, -3], 3)
