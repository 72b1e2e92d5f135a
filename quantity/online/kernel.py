"""Estimates, pair by pair, compiled to machine code: the look-up, the formulas and the trees.

Trees are evaluated by QuickScorer (Lucchese et al., SIGIR 2015): instead of walking down each tree, it goes
through the splits column by column, in the order of their thresholds, and strikes out the leaves that a
failed comparison cuts off; the first leaf left is where the walk would have ended. The memory it touches is
small and read in order. And it can be done in parts: what the columns of a store strike out is the same for
all its pairs, so that is done once.

Pairs are evaluated side by side, in *lanes*: each split is read once for all of them, and the processor
compares several at a time (as in Lucchese et al., SIGIR 2016).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba.cpython.unsafe.numbers import trailing_zeros

from quantity.online.decide import answered, decide
from quantity.online.native import native

if TYPE_CHECKING:
    from quantity.online.layout import Forest, Mixed, Program, Rule, Side, State

OK, COLD_START, UNKNOWN_STORE, UNKNOWN_PRODUCT = range(4)
"""What an answer rests on; the last two have no quantity."""

SHRUNK, SUM, DIFFERENCE, LOG_RATIO = range(4)
"""The operations of a `Program`, after `quantity.features.relative`."""

NOT_FOUND = -1

LANES = 48
"""Pairs evaluated side by side, as many as was fastest. With a power of two the words of a lane, which lie that
far apart, would crowd into few places of the cache."""

FEW = 8
"""Fewer lanes are evaluated one by one: the processor would compare no more at a time."""


def answer(  # noqa: PLR0917 - a kernel takes all it reads as arguments
    store_id: np.ndarray,
    product_id: np.ndarray,
    ageing: int,
    calendar: tuple[float, ...],
    state: State,
    forest: Forest,
    rule: Rule,
) -> np.ndarray:
    """What is told of (n,) pairs: (n, 7) int32, in the order of `quantity.online.predictor.NUMBERS`.

    Args:
        store_id: (n,) ids of the stores.
        product_id: (n,) ids of the products.
        ageing: days since the snapshot.
        calendar: the calendar's columns.
        state: the snapshot as the model reads it.
        forest: the model's ensembles.
        rule: what it makes of their estimates.
    """
    status, packs, estimated, values = estimates(store_id, product_id, ageing, calendar, state, forest, rule.reads)
    return answered(store_id, product_id, status, estimated, values, packs, rule)


def decisions(rows: np.ndarray, product_id: np.ndarray, forest: Forest, rule: Rule) -> np.ndarray:
    """(n, 4) quantities, typical ones and ends of the range for (n, f) float32 rows of (n,) products."""
    packs = find_each(rule.products, product_id)
    return decide(scores(rows, forest), rows.take(rule.reads, axis=1), packs, rule).T


@native
def estimates(  # noqa: PLR0917 - as above
    store_id: np.ndarray,
    product_id: np.ndarray,
    ageing: int,
    calendar: tuple[float, ...],
    state: State,
    forest: Forest,
    reads: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What is known of (n,) pairs.

    Returns:
        (n,) statuses, (n,) places of the products in the rule's packs, (n, e) estimates of the ensembles, NaN
        without an answer, and (n, r) float32 values of the (r,) columns `reads`.
    """
    store, product = find_each(state.stores.ids, store_id), find_each(state.products.ids, product_id)
    status, known = told_apart(store, product)
    packs = np.full(len(store), NOT_FOUND, np.int64)
    estimated = np.full((len(store), len(forest.base)), np.nan, np.float64)
    values = np.full((len(store), len(reads)), np.nan, np.float32)
    rows = no_rows(state.row, len(known))
    fill_date(rows, calendar, state)
    of_date, leaves = every_leaf(rows, forest), every_leaf(rows, forest)
    strike_out(of_date, rows, min(len(known), 1), state.of_date, forest)
    for start in range(0, len(known), LANES):
        at = known[start : start + LANES]
        stores, products = store[at], product[at]
        fill(rows, status, at, stores, products, ageing, state)
        leave(leaves, of_date, state.stores.reached, stores, state.products.reached, products)
        strike_out(leaves, rows, len(at), state.of_pair, forest)
        add_up(estimated, at, leaves, forest)
        for lane in range(len(at)):
            packs[at[lane]] = state.packs[products[lane]]
            for r in range(len(reads)):
                values[at[lane], r] = rows[reads[r], lane]
    return status, packs, estimated, values


@native
def features(
    store_id: np.ndarray, product_id: np.ndarray, ageing: int, calendar: tuple[float, ...], state: State
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) statuses and (n, f) float32 rows of (n,) pairs; the row of an unknown store or product is NaN."""
    store, product = find_each(state.stores.ids, store_id), find_each(state.products.ids, product_id)
    status, known = told_apart(store, product)
    found = np.full((len(store), state.row), np.nan, np.float32)
    rows = no_rows(state.row, len(known))
    fill_date(rows, calendar, state)
    for start in range(0, len(known), LANES):
        at = known[start : start + LANES]
        stores, products = store[at], product[at]
        fill(rows, status, at, stores, products, ageing, state)
        copy_rest(rows, stores, state.stores)
        copy_rest(rows, products, state.products)
        for lane in range(len(at)):
            found[at[lane]] = rows[:, lane]
    return status, found


@native
def reached_by(values: np.ndarray, columns: np.ndarray, n_columns: int, forest: Forest) -> np.ndarray:
    """(n, t) bits of the leaves that (n, c) values of these (c,) of the columns leave."""
    reached = np.empty((len(values), len(forest.leaf)), forest.every.dtype)
    rows = no_rows(n_columns, len(values))
    for start in range(0, len(values), LANES):
        n = min(LANES, len(values) - start)
        for lane in range(n):
            for c in range(len(columns)):
                rows[columns[c], lane] = values[start + lane, c]
        leaves = every_leaf(rows, forest)
        strike_out(leaves, rows, n, columns, forest)
        for lane in range(n):
            reached[start + lane] = leaves[:, lane]
    return reached


@native
def scores(rows: np.ndarray, forest: Forest) -> np.ndarray:
    """(n, e) estimates of the ensembles for (n, f) float32 rows."""
    every_column, everyone = np.arange(rows.shape[1]), np.arange(len(rows))
    estimated = np.empty((len(rows), len(forest.base)), np.float64)
    lanes = no_rows(rows.shape[1], len(rows))
    for start in range(0, len(rows), LANES):
        at = everyone[start : start + LANES]
        for lane in range(len(at)):
            lanes[:, lane] = rows[at[lane]]
        leaves = every_leaf(lanes, forest)
        strike_out(leaves, lanes, len(at), every_column, forest)
        add_up(estimated, at, leaves, forest)
    return estimated


@native
def told_apart(store: np.ndarray, product: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) statuses of (n,) places of stores and products, cold starts where both are known; and where they are."""
    status = np.full(len(store), COLD_START, np.int64)
    known = np.empty(len(store), np.int64)
    n = 0
    for i in range(len(store)):
        if store[i] == NOT_FOUND:
            status[i] = UNKNOWN_STORE
        elif product[i] == NOT_FOUND:
            status[i] = UNKNOWN_PRODUCT
        else:
            known[n] = i
            n += 1
    return status, known[:n]


@native
def no_rows(n_columns: int, n: int) -> np.ndarray:
    """(f, lanes) room for as many lanes as n pairs fill."""
    return np.empty((n_columns, min(n, LANES)), np.float32)


@native
def every_leaf(rows: np.ndarray, forest: Forest) -> np.ndarray:
    """(t, lanes) words with all bits set, for (f, lanes) rows."""
    return np.full((len(forest.leaf), rows.shape[1]), forest.every[0], forest.every.dtype)


@native
def fill_date(rows: np.ndarray, calendar: tuple[float, ...], state: State) -> None:
    """Write the calendar's columns."""
    at = state.calendar
    for value in calendar:
        rows[at] = value
        at += 1


@native
def fill(  # noqa: PLR0917 - as above
    rows: np.ndarray,
    status: np.ndarray,
    at: np.ndarray,
    store: np.ndarray,
    product: np.ndarray,
    ageing: int,
    state: State,
) -> None:
    """Write all that is read pair by pair into the first l lanes, and which of these pairs have ordered.

    Args:
        rows: (f, lanes) what to write into.
        status: (n,) of all pairs.
        at: (l,) which of them.
        store: (l,) places of their stores.
        product: (l,) places of their products.
        ageing: days since the snapshot.
        state: where it is read from.
    """
    copy_values(rows, store, state.stores, 0, state.stores.copied)
    copy_values(rows, product, state.products, 0, state.products.copied)
    look_up(rows, status, at, store, product, state.mixed)
    for column in state.ages:
        for lane in range(len(at)):
            rows[column, lane] += np.float32(ageing)
    compute(rows, len(at), state.formulas)


@native
def copy_values(rows: np.ndarray, who: np.ndarray, side: Side, begin: int, end: int) -> None:
    """Write some of the columns of (l,) stores or products."""
    columns, values = side.columns, side.values
    for lane in range(len(who)):
        for c in range(begin, end):
            rows[columns[c], lane] = values[who[lane], c]


@native
def copy_rest(rows: np.ndarray, who: np.ndarray, side: Side) -> None:
    """Write the columns that pairs have no use for."""
    copy_values(rows, who, side, side.copied, len(side.columns))


@native
def look_up(  # noqa: PLR0917 - as above
    rows: np.ndarray, status: np.ndarray, at: np.ndarray, store: np.ndarray, product: np.ndarray, mixed: Mixed
) -> None:
    """Write the columns of the scopes of stores and products together.

    Scope by scope: to take one out of a tuple is as much work as to look up several pairs.
    """
    for scope in range(len(mixed.width)):
        keys, first, columns = mixed.keys[scope], mixed.first[scope], mixed.columns[scope]
        of_groups, width = mixed.features[scope], mixed.width[scope]
        for lane in range(len(at)):
            left, right = mixed.left[store[lane], scope], mixed.right[product[lane], scope]
            group = len(keys) + 1
            if left >= 0 and right >= 0:
                group = position(keys, left * width + right, first[left], first[left + 1])
                if group == NOT_FOUND:
                    group = len(keys)
                elif scope == mixed.pair:
                    status[at[lane]] = OK
            for c in range(len(columns)):
                rows[columns[c], lane] = of_groups[group, c]


@native
def compute(rows: np.ndarray, n: int, formulas: Program) -> None:
    """Write what the formulas make of the first n lanes, as `quantity.features.relative`."""
    zeros = np.zeros(n, np.float32)
    for m in range(len(formulas.out)):
        operation, out = formulas.operation[m], rows[formulas.out[m], :n]
        left, right, third = rows[formulas.reads[m, 0]], rows[formulas.reads[m, 1]], formulas.reads[m, 2]
        if operation == LOG_RATIO:
            log_ratio(out, left, right)
        elif operation == SHRUNK:
            shrunk(out, left, right, rows[third] if third >= 0 else zeros, formulas.constant[m])
        else:
            sign = 1.0 if operation == SUM else -1.0
            for lane in range(n):
                out[lane] = np.float64(left[lane]) + sign * np.float64(right[lane])


@native
def log_ratio(out: np.ndarray, amount: np.ndarray, level: np.ndarray) -> None:
    """log(amount) - level."""
    for lane in range(len(out)):
        if amount[lane] > 0:
            out[lane] = math.log(np.float64(amount[lane])) - np.float64(level[lane])
        else:
            out[lane] = np.nan


@native
def shrunk(out: np.ndarray, mean: np.ndarray, count: np.ndarray, prior: np.ndarray, orders: float) -> None:
    """(count · mean + orders · prior) / (count + orders), or the prior."""
    for lane in range(len(out)):
        n, behind = np.float64(count[lane]), np.float64(prior[lane])
        value = (n * np.float64(mean[lane]) + orders * behind) / (n + orders)
        out[lane] = behind if math.isnan(value) else value


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
        places[i] = position(ascending, wanted[i], 0, len(ascending))
    return places


@native
def leave(  # noqa: PLR0917 - as above
    leaves: np.ndarray,
    of_date: np.ndarray,
    of_stores: np.ndarray,
    store: np.ndarray,
    of_products: np.ndarray,
    product: np.ndarray,
) -> None:
    """Write the bits that date, store and product leave to (l,) pairs."""
    for lane in range(len(store)):
        of_store, of_product = of_stores[store[lane]], of_products[product[lane]]
        for tree in range(np.uint64(len(leaves))):
            leaves[tree, lane] = of_store[tree] & of_product[tree] & of_date[tree, 0]


@native
def strike_out(leaves: np.ndarray, rows: np.ndarray, n: int, columns: np.ndarray, forest: Forest) -> None:
    """Strike out the leaves that failed comparisons with these columns cut off, in the first n lanes."""
    if n < FEW:
        for lane in range(n):
            strike_out_one(leaves, rows, lane, columns, forest)
        return
    start, threshold, of_tree, reached = forest.start, forest.threshold, forest.tree, forest.reached
    every, lanes = forest.every[0], np.uint64(n)
    for column in columns:
        values = rows[column]
        highest, missing = highest_of(values, n)
        # Missing values go left: they are above no threshold.
        for split in range(start[column], start[column + 1]):
            if highest <= threshold[split]:
                break
            limit, kept, tree = threshold[split], reached[split], of_tree[split]
            for lane in range(lanes):
                leaves[tree, lane] &= kept if values[lane] > limit else every
        # Missing values go right: they are below none.
        for split in range(start[len(rows) + column], start[len(rows) + column + 1]):
            if highest <= threshold[split] and not missing:
                break
            limit, kept, tree = threshold[split], reached[split], of_tree[split]
            for lane in range(lanes):
                leaves[tree, lane] &= every if values[lane] <= limit else kept


@native
def strike_out_one(leaves: np.ndarray, rows: np.ndarray, lane: int, columns: np.ndarray, forest: Forest) -> None:
    """The same in one lane."""
    start, threshold, of_tree, reached = forest.start, forest.threshold, forest.tree, forest.reached
    for column in columns:
        value = rows[column, lane]
        for split in range(start[column], start[column + 1]):
            if not value > threshold[split]:
                break
            leaves[of_tree[split], lane] &= reached[split]
        for split in range(start[len(rows) + column], start[len(rows) + column + 1]):
            if value <= threshold[split]:
                break
            leaves[of_tree[split], lane] &= reached[split]


@native
def highest_of(values: np.ndarray, n: int) -> tuple[np.float32, bool]:
    """The highest of the first n values that are not missing, and whether one is."""
    highest, missing = np.float32(-np.inf), False
    for i in range(n):
        if values[i] > highest:
            highest = values[i]
        elif math.isnan(values[i]):
            missing = True
    return highest, missing


@native
def add_up(estimated: np.ndarray, at: np.ndarray, leaves: np.ndarray, forest: Forest) -> None:
    """Write each ensemble's estimate for the pairs at these places of (n,)."""
    leaf = forest.leaf
    total = np.empty(len(at), np.float64)
    for e in range(len(forest.base)):
        total[:] = forest.base[e]
        for tree in range(forest.first[e], forest.first[e + 1]):
            for lane in range(len(total)):
                total[lane] += leaf[tree, trailing_zeros(leaves[tree, lane])]  # type: ignore[call-arg, index]
        for lane in range(len(at)):
            estimated[at[lane], e] = total[lane]
