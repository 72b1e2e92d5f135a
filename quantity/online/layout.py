"""How a model and a snapshot lie in memory for the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np

MAX_LEAVES = 64
"""Leaves of a tree: the bits of the longest word."""


class State(NamedTuple):
    """The latest features of s stores, p products and the groups of k scopes.

    A scope's group is found by the key ``left * width + right``, where `left` comes from the store and
    `right` from the product; a negative one is missing.

    Attributes:
        store_id: (s,) ascending.
        product_id: (p,) ascending.
        left: (s, k) int32.
        right: (p, k) int32.
        width: (k,).
        keys: k times (g,) ascending.
        first: k times (l + 1,) where the keys of each left begin; the last entry is g.
        features: k times (g + 2, c) float32: a row a group, that of a group without orders, that of an
            unknown group.
        columns: k times (c,) where these features are in the model's row.
        pair: which scope is that of the store and product.
        ages: columns that count days.
        calendar: first column of the calendar's features.
        store_codes: (s, a) float32 encoded attributes, the columns after the calendar.
        product_codes: (p, b) float32, the columns after those.
        packs: (p,) the product's place in the rule's packs, or negative.
    """

    store_id: np.ndarray
    product_id: np.ndarray
    left: np.ndarray
    right: np.ndarray
    width: np.ndarray
    keys: tuple[np.ndarray, ...]
    first: tuple[np.ndarray, ...]
    features: tuple[np.ndarray, ...]
    columns: tuple[np.ndarray, ...]
    pair: int
    ages: np.ndarray
    calendar: int
    store_codes: np.ndarray
    product_codes: np.ndarray
    packs: np.ndarray


class Forest(NamedTuple):
    """Ensembles of t trees with m splits in all, on f features.

    Attributes:
        start: (2 f + 1,) uint64 the first split of each feature, those that send missing values left, then
            those that send them right; the last entry is m.
        threshold: (m,) float32, ascending within a feature: larger values go right.
        tree: (m,) uint32 tree of each split.
        reached: (m,) bits of the leaves that can still be reached on going right, in words of 32 bits if no
            tree has more leaves, else of 64.
        missing: (f, t) bits of the leaves that can still be reached where a feature is missing.
        every: (1,) such a word with all bits set.
        leaf: (t, l) float64 values of the leaves, from left to right.
        first: (e + 1,) uint64 the first tree of each ensemble; the last entry is t.
        base: (e,) what the trees' sum is added to.
        log_link: (e,) whether that sum is the logarithm of the estimate.
    """

    start: np.ndarray
    threshold: np.ndarray
    tree: np.ndarray
    reached: np.ndarray
    missing: np.ndarray
    every: np.ndarray
    leaf: np.ndarray
    first: np.ndarray
    base: np.ndarray
    log_link: np.ndarray


class Rule(NamedTuple):
    """From estimates to whole cases.

    Attributes:
        mean_weight: the mean's share of the estimate.
        threshold: how far towards the upper candidate an estimate must be to go up.
        offsets: (3,) how far the range's ends move out, by history length.
        history: column of the pair's number of orders.
        products: (p,) products whose packs are known, ascending.
        first: (p + 1,) the first pack of each.
        packs: (q,) quantities, ascending for each product.
    """

    mean_weight: float
    threshold: float
    offsets: np.ndarray
    history: int
    products: np.ndarray
    first: np.ndarray
    packs: np.ndarray


class Shared(NamedTuple):
    """What pairs have in common is evaluated once: bits of the leaves that can still be reached.

    Attributes:
        store: (s, t) after the splits on features of the store alone.
        product: (p, t) after those on features of the product alone.
        scopes: the scopes of stores and products together, looked up for each pair.
        of_pair: their columns.
        of_date: the calendar's columns.
    """

    store: np.ndarray
    product: np.ndarray
    scopes: np.ndarray
    of_pair: np.ndarray
    of_date: np.ndarray
