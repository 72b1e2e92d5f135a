"""The arithmetic of an answer, pair by pair, compiled to machine code.

Trees are evaluated by QuickScorer (Lucchese et al., SIGIR 2015): instead of walking down each tree, it goes
through the splits feature by feature, in the order of their thresholds, and strikes out the leaves that a
failed comparison cuts off; the first leaf left is where the walk would have ended. The memory it touches is
small and read in order, and it hardly ever mispredicts a branch. And it can be done in parts: what the
features of a store strike out is the same for all its pairs, so that is done once.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba.cpython.unsafe.numbers import trailing_zeros

from quantity.online.native import native

if TYPE_CHECKING:
    from quantity.online.layout import Forest, Rule, Shared, State

OK, COLD_START, UNKNOWN_STORE, UNKNOWN_PRODUCT = range(4)
"""What an answer rests on; the last two have no quantity."""

MEAN, POINT, LOW, HIGH = range(4)
"""The ensembles, in the order of a forest."""

MOST_CASES = 2.0**53
"""Larger whole numbers are not exact in float64."""

NOT_FOUND = -1


@native
def answer(  # noqa: PLR0917 - the kernel takes all it reads as arguments
    store_id: np.ndarray,
    product_id: np.ndarray,
    ageing: int,
    calendar: tuple[float, ...],
    state: State,
    shared: Shared,
    forest: Forest,
    rule: Rule,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(n,) statuses, quantities, lower and upper ends of the range of (n,) pairs; zeros without an answer."""
    n, n_trees = len(store_id), len(forest.leaf)
    status = np.zeros(n, np.int64)
    quantity, low, high = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    row = np.empty((len(forest.start) - 1) // 2, np.float32)
    estimates = np.empty(len(forest.base), np.float64)
    fill_date(row, calendar, state)
    of_date, leaves = every_leaf(n_trees, forest), every_leaf(n_trees, forest)
    strike_out(of_date, row, shared.of_date, forest)
    for i in range(n):
        store, product = find(state.store_id, store_id[i]), find(state.product_id, product_id[i])
        if min(store, product) == NOT_FOUND:
            status[i] = UNKNOWN_STORE if store == NOT_FOUND else UNKNOWN_PRODUCT
            continue
        status[i] = fill_history(row, store, product, shared.scopes, state)
        fill_ages(row, ageing, state)
        for tree in range(np.uint64(n_trees)):
            leaves[tree] = of_date[tree] & shared.store[store, tree] & shared.product[product, tree]
        strike_out(leaves, row, shared.of_pair, forest)
        estimate(estimates, leaves, forest)
        quantity[i], low[i], high[i] = decide(estimates, row[rule.history], state.packs[product], rule)
    return status, quantity, low, high


@native
def features(
    store_id: np.ndarray, product_id: np.ndarray, ageing: int, calendar: tuple[float, ...], state: State
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) statuses and (n, f) rows of (n,) pairs; the row of an unknown store or product is NaN."""
    n_features = state.calendar + len(calendar) + state.store_codes.shape[1] + state.product_codes.shape[1]
    every_scope = np.arange(len(state.width))
    status = np.zeros(len(store_id), np.int64)
    rows = np.full((len(store_id), n_features), np.nan, np.float32)
    for i in range(len(store_id)):
        store, product = find(state.store_id, store_id[i]), find(state.product_id, product_id[i])
        if min(store, product) == NOT_FOUND:
            status[i] = UNKNOWN_STORE if store == NOT_FOUND else UNKNOWN_PRODUCT
            continue
        status[i] = fill_history(rows[i], store, product, every_scope, state)
        fill_ages(rows[i], ageing, state)
        fill_date(rows[i], calendar, state)
        fill_codes(rows[i], store, product, len(calendar), state)
    return status, rows


@native
def reached_by(  # noqa: PLR0917 - as above
    store: np.ndarray, product: np.ndarray, columns: np.ndarray, n_calendar: int, state: State, forest: Forest
) -> np.ndarray:
    """(n, t) bits of the leaves that these columns leave to (n,) stores and products, by position."""
    reached = every_leaf(len(store) * len(forest.leaf), forest).reshape(len(store), len(forest.leaf))
    row = np.empty((len(forest.start) - 1) // 2, np.float32)
    every_scope = np.arange(len(state.width))
    for i in range(len(store)):
        fill_history(row, store[i], product[i], every_scope, state)
        fill_codes(row, store[i], product[i], n_calendar, state)
        strike_out(reached[i], row, columns, forest)
    return reached


@native
def scores(rows: np.ndarray, forest: Forest) -> np.ndarray:
    """(n, e) estimates for (n, f) float32 rows."""
    every_column = np.arange(rows.shape[1])
    leaves = every_leaf(len(forest.leaf), forest)
    estimates = np.empty((len(rows), len(forest.base)), np.float64)
    for i in range(len(rows)):
        leaves[:] = forest.every[0]
        strike_out(leaves, rows[i], every_column, forest)
        estimate(estimates[i], leaves, forest)
    return estimates


@native
def decisions(rows: np.ndarray, product_id: np.ndarray, forest: Forest, rule: Rule) -> np.ndarray:
    """(n, 3) quantities and ends of the range for (n, f) float32 rows of (n,) products."""
    estimates = scores(rows, forest)
    decided = np.empty((len(rows), 3), np.int64)
    for i in range(len(rows)):
        packs = find(rule.products, product_id[i])
        decided[i, 0], decided[i, 1], decided[i, 2] = decide(estimates[i], rows[i, rule.history], packs, rule)
    return decided


@native
def every_leaf(n: int, forest: Forest) -> np.ndarray:
    """(n,) words with all bits set."""
    leaves = np.empty(n, forest.every.dtype)
    leaves[:] = forest.every[0]
    return leaves


@native
def fill_history(row: np.ndarray, store: int, product: int, scopes: np.ndarray, state: State) -> int:
    """Write the features of these scopes; returns whether the pair was ordered, as its status."""
    status = COLD_START
    for scope in scopes:
        keys, of_groups, columns = state.keys[scope], state.features[scope], state.columns[scope]
        left, right = state.left[store, scope], state.right[product, scope]
        group = len(keys) + 1
        if left >= 0 and right >= 0:
            first = state.first[scope]
            group = position(keys, left * state.width[scope] + right, first[left], first[left + 1])
            if group == NOT_FOUND:
                group = len(keys)
            elif scope == state.pair:
                status = OK
        for c in range(len(columns)):
            row[columns[c]] = of_groups[group, c]
    return status


@native
def fill_ages(row: np.ndarray, ageing: int, state: State) -> None:
    """Add the days since the snapshot to what counts days."""
    for column in state.ages:
        row[column] += np.float32(ageing)


@native
def fill_date(row: np.ndarray, calendar: tuple[float, ...], state: State) -> None:
    """Write the calendar's features."""
    at = state.calendar
    for value in calendar:
        row[at] = value
        at += 1


@native
def fill_codes(row: np.ndarray, store: int, product: int, n_calendar: int, state: State) -> None:
    """Write the attributes' codes, which come after the calendar."""
    at = state.calendar + n_calendar
    for code in state.store_codes[store]:
        row[at] = code
        at += 1
    for code in state.product_codes[product]:
        row[at] = code
        at += 1


@native
def position(ascending: np.ndarray, wanted: int, low: int, high: int) -> int:
    """Where a number is from ``low`` on and before ``high``, or `NOT_FOUND`."""
    end = high
    while low < high:
        middle = (low + high) // 2
        if ascending[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low if low < end and ascending[low] == wanted else NOT_FOUND


@native
def find(ascending: np.ndarray, wanted: int) -> int:
    """Where a number is, or `NOT_FOUND`."""
    return position(ascending, wanted, 0, len(ascending))


@native
def strike_out(leaves: np.ndarray, row: np.ndarray, columns: np.ndarray, forest: Forest) -> None:
    """Strike out the leaves that failed comparisons with these columns cut off."""
    start, threshold, of_tree, reached = forest.start, forest.threshold, forest.tree, forest.reached
    for column in columns:
        value = row[column]
        if not math.isnan(value):
            for split in range(start[column], start[column + 1]):
                if value <= threshold[split]:
                    break
                leaves[of_tree[split]] &= reached[split]
        # Where missing values go right every comparison fails, as it does with NaN.
        part = len(row) + column
        for split in range(start[part], start[part + 1]):
            if value <= threshold[split]:
                break
            leaves[of_tree[split]] &= reached[split]


@native
def estimate(estimates: np.ndarray, leaves: np.ndarray, forest: Forest) -> None:
    """Write each ensemble's estimate."""
    for e in range(len(estimates)):
        total = forest.base[e]
        for tree in range(forest.first[e], forest.first[e + 1]):
            total += forest.leaf[tree, trailing_zeros(leaves[tree])]  # type: ignore[call-arg, index]
        estimates[e] = min(math.exp(total) if forest.log_link[e] else total, MOST_CASES)


@native
def decide(estimates: np.ndarray, orders: float, packs: int, rule: Rule) -> tuple[int, int, int]:
    """The quantity and the ends of its range, as `QuantityModel.answer`; zeros if an estimate is not a number."""
    value = rule.mean_weight * estimates[MEAN] + (1 - rule.mean_weight) * estimates[POINT]
    if math.isnan(value + estimates[LOW] + estimates[HIGH]):
        return 0, 0, 0
    quantity = snap(value, packs, rule)
    length = 2
    if orders < 1:
        length = 0
    elif orders < 5:  # noqa: PLR2004 - `quantity.model.history`
        length = 1
    offset = rule.offsets[length]
    low = min(max(math.ceil(estimates[LOW] - offset), 1.0), quantity)
    high = max(math.floor(estimates[HIGH] + offset), quantity)
    return int(quantity), int(low), int(high)


@native
def snap(value: float, product: int, rule: Rule) -> float:
    """The pack or whole number below or above an estimate: `PackQuantities.snap` for one."""
    whole = max(math.floor(value + 1 - rule.threshold), 1.0)
    if product == NOT_FOUND:
        return whole
    first, end = rule.first[product], rule.first[product + 1]
    after = first
    while after < end and rule.packs[after] < value:
        after += 1
    if after == end:
        return whole  # above the largest pack nothing is known
    upper = float(rule.packs[after])
    lower = float(rule.packs[after - 1]) if after > first else upper
    return lower if value - lower < rule.threshold * (upper - lower) else upper
