"""How a model and a snapshot lie in memory for the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np

MAX_LEAVES = 64
"""Leaves of a tree: the bits of the longest word."""


class Side(NamedTuple):
    """What depends on the store alone, or on the product alone, evaluated once for all its pairs.

    Attributes:
        ids: (n,) ascending.
        values: (n, c) float32 columns of each.
        columns: (c,) where these are in a row.
        copied: how many of them, from the first on, are read together with other columns.
        reached: (n, t) bits of the leaves that can still be reached after the splits on these columns.
    """

    ids: np.ndarray
    values: np.ndarray
    columns: np.ndarray
    copied: int
    reached: np.ndarray


class Mixed(NamedTuple):
    """The latest features of the groups of k scopes that stores and products make together.

    A scope's group is found by the key ``left * width + right``, where `left` comes from the store and
    `right` from the product; a negative one is missing.

    Attributes:
        left: (s, k) int32.
        right: (p, k) int32.
        width: (k,).
        keys: k times (g,) ascending.
        first: k times (l + 1,) where the keys of each left begin; the last entry is g.
        features: k times (g + 2, c) float32: a row a group, that of a group without orders, that of an
            unknown group.
        columns: k times (c,) where these features are in a row.
        pair: which scope is that of the store and product.
    """

    left: np.ndarray
    right: np.ndarray
    width: np.ndarray
    keys: tuple[np.ndarray, ...]
    first: tuple[np.ndarray, ...]
    features: tuple[np.ndarray, ...]
    columns: tuple[np.ndarray, ...]
    pair: int


class Program(NamedTuple):
    """m formulas, each computed after those before it.

    Attributes:
        operation: (m,) what to compute.
        out: (m,) the column of the result.
        reads: (m, 3) the columns it is computed from, negative where there is none.
        constant: (m,) float64 number in it.
    """

    operation: np.ndarray
    out: np.ndarray
    reads: np.ndarray
    constant: np.ndarray


class State(NamedTuple):
    """A snapshot's latest features as a model reads them.

    Attributes:
        stores: s stores.
        products: p products.
        mixed: the scopes of both together.
        formulas: what is computed pair by pair.
        ages: columns that count days.
        calendar: the first of the calendar's columns.
        of_date: the calendar's columns.
        of_pair: the columns that differ from pair to pair and that a tree reads.
        row: how many columns a row has.
        packs: (p,) the product's place in the rule's packs, or negative.
    """

    stores: Side
    products: Side
    mixed: Mixed
    formulas: Program
    ages: np.ndarray
    calendar: int
    of_date: np.ndarray
    of_pair: np.ndarray
    row: int
    packs: np.ndarray


class Forest(NamedTuple):
    """Ensembles of t trees with m splits in all, on f columns.

    Attributes:
        start: (2 f + 1,) uint64 the first split of each column, those that send missing values left, then
            those that send them right; the last entry is m.
        threshold: (m,) float32, ascending within a column: larger values go right.
        tree: (m,) uint32 tree of each split.
        reached: (m,) bits of the leaves that can still be reached on going right, in words of 32 bits if no
            tree has more leaves, else of 64.
        every: (1,) such a word with all bits set.
        leaf: (t, l) float64 values of the leaves, from left to right.
        first: (e + 1,) uint64 the first tree of each ensemble; the last entry is t.
        base: (e,) what the trees' sum is added to.
    """

    start: np.ndarray
    threshold: np.ndarray
    tree: np.ndarray
    reached: np.ndarray
    every: np.ndarray
    leaf: np.ndarray
    first: np.ndarray
    base: np.ndarray


class Nodes(NamedTuple):
    """The same trees node by node, for what tells how an estimate came about; t trees with m nodes in all.

    Attributes:
        first: (t + 1,) the first node of each tree, its root; the last entry is m.
        left: (m,) int32 where values up to the threshold go, counted from the tree's root; negative at a leaf.
        right: (m,) int32 where larger ones go, likewise.
        missing: (m,) int32 where missing values go, likewise.
        column: (m,) int32 the column that is compared.
        threshold: (m,) float64.
        value: (m,) float64 of the leaves.
        cover: (m,) float64 how many of the fitted orders came by.
    """

    first: np.ndarray
    left: np.ndarray
    right: np.ndarray
    missing: np.ndarray
    column: np.ndarray
    threshold: np.ndarray
    value: np.ndarray
    cover: np.ndarray


class Rule(NamedTuple):
    """From estimates to whole cases: `quantity.model.decision.DecisionRule`, with what it reads of other modules.

    Tables are by history length and size: (h, z).

    Attributes:
        reads: (r,) the columns of a row that it reads; those below are places among them.
        base: the column of the expected level, log(cases).
        history: that of the pair's number of orders.
        usual: that of the pair's most frequent quantity.
        usual_share: that of its share of the pair's orders.
        baselines: (b, w) those that each baseline answers, the first that is known; negative where there are no more.
        smallest: what a baseline answers where none is known.
        rise: how far the unbiased level lies from the median (0) towards the upper quantile (1).
        quantity_baseline, quantity_weight: tables of the baseline that the quantity leans on, and how much.
        typical_baseline, typical_weight: those of the typical quantity.
        offsets: table of how far the range's ends move out, log ratios.
        history_edges: (h - 1,) ascending numbers of orders at which the history lengths but the first begin.
        size_edges: (z - 1,) ascending numbers of cases at which the sizes but the first begin.
        usual_within: how far, as a log ratio, a typical quantity may lie from the usual one to become it.
        usual_least_share: the share that makes a quantity the usual one.
        most: the logarithm of the most cases.
        far_above: an estimate so many times the largest pack is not snapped to it.
        products: (p,) products whose packs are known, ascending.
        first: (p + 1,) the first pack of each.
        packs: (q,) quantities, ascending for each product.
    """

    reads: np.ndarray
    base: int
    history: int
    usual: int
    usual_share: int
    baselines: np.ndarray
    smallest: float
    rise: float
    quantity_baseline: np.ndarray
    quantity_weight: np.ndarray
    typical_baseline: np.ndarray
    typical_weight: np.ndarray
    offsets: np.ndarray
    history_edges: np.ndarray
    size_edges: np.ndarray
    usual_within: float
    usual_least_share: float
    most: float
    far_above: float
    products: np.ndarray
    first: np.ndarray
    packs: np.ndarray
