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

BLOCK = 64
"""Pairs that are looked up together before their trees are evaluated."""


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
    rows = np.empty((BLOCK, (len(forest.start) - 1) // 2), np.float32)
    estimates = np.empty(len(forest.base), np.float64)
    fill_date(rows[0], calendar, state)
    of_date, leaves = every_leaf(n_trees, forest), every_leaf(n_trees, forest)
    strike_out(of_date, rows[0], shared.of_date, forest)
    for start in range(0, n, BLOCK):
        block = slice(start, start + BLOCK)
        store, product = find_each(state.store_id, store_id[block]), find_each(state.product_id, product_id[block])
        fill_history(rows, status[block], store, product, shared.scopes, state)
        for i in range(len(store)):
            at = start + i
            if status[at] > COLD_START:
                continue
            row = rows[i]
            fill_ages(row, ageing, state)
            of_store, of_product = shared.store[store[i]], shared.product[product[i]]
            for tree in range(np.uint64(n_trees)):
                leaves[tree] = of_date[tree] & of_store[tree] & of_product[tree]
            strike_out(leaves, row, shared.of_pair, forest)
            estimate(estimates, leaves, forest)
            quantity[at], low[at], high[at] = decide(estimates, row[rule.history], state.packs[product[i]], rule)
    return status, quantity, low, high


@native
def features(
    store_id: np.ndarray, product_id: np.ndarray, ageing: int, calendar: tuple[float, ...], state: State
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) statuses and (n, f) rows of (n,) pairs; the row of an unknown store or product is NaN."""
    n_features = state.calendar + len(calendar) + state.store_codes.shape[1] + state.product_codes.shape[1]
    status = np.zeros(len(store_id), np.int64)
    rows = np.full((len(store_id), n_features), np.nan, np.float32)
    store, product = find_each(state.store_id, store_id), find_each(state.product_id, product_id)
    fill_history(rows, status, store, product, np.arange(len(state.width)), state)
    for i in range(len(store_id)):
        if status[i] <= COLD_START:
            fill_ages(rows[i], ageing, state)
            fill_date(rows[i], calendar, state)
            fill_codes(rows[i], store[i], product[i], len(calendar), state)
    return status, rows


@native
def reached_by(  # noqa: PLR0917 - as above
    store: np.ndarray, product: np.ndarray, columns: np.ndarray, n_calendar: int, state: State, forest: Forest
) -> np.ndarray:
    """(n, t) bits of the leaves that these columns leave to (n,) stores and products, by position."""
    n = len(store)
    reached = every_leaf(n * len(forest.leaf), forest).reshape(n, len(forest.leaf))
    rows = np.empty((BLOCK, (len(forest.start) - 1) // 2), np.float32)
    status, every_scope = np.empty(n, np.int64), np.arange(len(state.width))
    for start in range(0, n, BLOCK):
        block = slice(start, start + BLOCK)
        fill_history(rows, status[block], store[block], product[block], every_scope, state)
        for i in range(start, min(start + BLOCK, n)):
            row = rows[i - start]
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
def fill_history(  # noqa: PLR0917 - as above
    rows: np.ndarray, status: np.ndarray, store: np.ndarray, product: np.ndarray, scopes: np.ndarray, state: State
) -> None:
    """Write what the (n,) pairs rest on, and into the first n rows the features of these scopes.

    Scope by scope: to take one out of the state is as much work as to look up several pairs.
    """
    for i in range(len(store)):
        if min(store[i], product[i]) == NOT_FOUND:
            status[i] = UNKNOWN_STORE if store[i] == NOT_FOUND else UNKNOWN_PRODUCT
        else:
            status[i] = COLD_START
    for scope in scopes:
        keys, first, columns = state.keys[scope], state.first[scope], state.columns[scope]
        of_groups, width = state.features[scope], state.width[scope]
        for i in range(len(store)):
            if status[i] > COLD_START:
                continue
            left, right = state.left[store[i], scope], state.right[product[i], scope]
            group = len(keys) + 1
            if left >= 0 and right >= 0:
                group = position(keys, left * width + right, first[left], first[left + 1])
                if group == NOT_FOUND:
                    group = len(keys)
                elif scope == state.pair:
                    status[i] = OK
            for c in range(len(columns)):
                rows[i, columns[c]] = of_groups[group, c]


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
def find_each(ascending: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(n,) places of (n,) numbers, or `NOT_FOUND`."""
    places = np.empty(len(wanted), np.int64)
    for i in range(len(wanted)):
        places[i] = find(ascending, wanted[i])
    return places


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
        if math.isnan(value):
            for tree in range(np.uint64(len(leaves))):
                leaves[tree] &= forest.missing[column, tree]
            continue
        for part in (column, len(row) + column):
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
