"""Compiles all that serving runs before it is served: ``python -m quantity.online.compile_ahead``.

An image runs this when it is built. The machine code depends on the types of what the kernel is given, never on its
numbers, so a made-up model and snapshot will do, one for each length of the words that leaves are counted in.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from quantity.features.definitions import ATTRIBUTES, ROW, SCOPES, served_columns_of
from quantity.online.compiled import CompiledModel
from quantity.online.layout import Forest, Nodes, Rule
from quantity.online.predictor import Predictor
from quantity.online.scope_state import ScopeState
from quantity.online.snapshot import Attribute, Snapshot
from quantity.versions import Published

WORDS: tuple[type[np.unsignedinteger], ...] = (np.uint32, np.uint64)
"""Words of leaves; see `Forest.reached`."""

DAY = dt.date(2000, 1, 1)
TWO = np.arange(1, 3)
"""Two of everything: a single row would lie in memory in another order."""

ENSEMBLES = 4


def main() -> None:
    """Compile; where the code is kept already, this loads it."""
    for word in WORDS:
        predictor = Predictor(made_up_model(word), made_up_snapshot())
        predictor.predict(TWO, TWO, DAY)
        predictor.features(TWO, TWO, DAY)


def made_up_snapshot() -> Snapshot:
    """Two stores and two products, each ordered by one of the stores."""
    labels = np.array(["a", "b"])
    return Snapshot(
        info=Published("made up", 1, DAY, dt.datetime(2000, 1, 1, tzinfo=dt.UTC), "none", 2, 2, 2, 2, 2),
        store_id=TWO,
        product_id=TWO,
        attributes={name: Attribute(labels, np.arange(2, dtype=np.int32)) for name in ATTRIBUTES},
        scopes={
            scope: ScopeState(np.array([0, 3]), np.ones((4, len(served_columns_of(scope))), np.float32))
            for scope in SCOPES
        },
    )


def made_up_model(word: type[np.unsignedinteger]) -> CompiledModel:
    """Every ensemble is one tree, with one split on the first column."""
    every = np.full(1, np.iinfo(word).max, word)
    start = np.full(2 * len(ROW) + 1, ENSEMBLES, np.uint64)
    start[0] = 0
    forest = Forest(
        start=start,
        threshold=np.zeros(ENSEMBLES, np.float32),
        tree=np.arange(ENSEMBLES, dtype=np.uint32),
        reached=np.repeat(every - word(1), ENSEMBLES),
        every=every,
        leaf=np.zeros((ENSEMBLES, 2)),
        first=np.arange(ENSEMBLES + 1, dtype=np.uint64),
        base=np.zeros(ENSEMBLES),
    )
    no_nodes = Nodes(*(np.zeros(0, kind) for kind in (np.int64, *[np.int32] * 4, *[np.float64] * 3)))
    return CompiledModel({name: np.array(["a", "b"]) for name in ATTRIBUTES}, forest, no_nodes, made_up_rule())


def made_up_rule() -> Rule:
    """Two history lengths and two sizes, and a baseline of each kind."""
    table = np.full((2, 2), 0.5)
    return Rule(
        reads=np.arange(4),
        base=0,
        history=1,
        usual=2,
        usual_share=3,
        baselines=np.array([[2, -1], [0, 2]]),
        smallest=1.0,
        rise=0.5,
        quantity_baseline=np.zeros((2, 2), np.int64),
        quantity_weight=table,
        typical_baseline=np.zeros((2, 2), np.int64),
        typical_weight=table,
        offsets=table,
        history_edges=np.ones(1),
        size_edges=np.ones(1),
        usual_within=0.5,
        usual_least_share=0.5,
        most=1.0,
        far_above=2.0,
        products=TWO,
        first=np.arange(3),
        packs=np.ones(2),
    )


if __name__ == "__main__":
    main()
