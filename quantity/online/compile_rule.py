"""Compiles a model's rule, and what it reads of the row, for the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantity.features.definitions import ROW
from quantity.model.baselines import BASELINES, SMALLEST_ORDER
from quantity.model.decision import MOST_CASES, USUAL_SHARE, USUAL_WITHIN
from quantity.model.history import HISTORY_EDGES
from quantity.model.packs import FAR_ABOVE
from quantity.model.segments import SHAPE, SIZE_EDGES
from quantity.online.compiled import UnusableModelError
from quantity.online.layout import Rule

if TYPE_CHECKING:
    from quantity.model.decision import DecisionRule
    from quantity.model.fallback import Fallback
    from quantity.model.packs import PackQuantities

BASE, HISTORY = "base", "cnt_store_product"
USUAL, USUAL_SHARE_OF = "qty_mode_store_product", "qty_mode_share_store_product"
_READS = tuple(dict.fromkeys((BASE, HISTORY, USUAL, USUAL_SHARE_OF, *(c for of in BASELINES.values() for c in of))))


def compile_rule(rule: DecisionRule, packs: PackQuantities) -> Rule:
    """The rule as arrays.

    Raises:
        UnusableModelError: its level is not a number, or a table has not one entry a segment, or a baseline that
            there is not, or something else than numbers.
    """
    if not np.isfinite(rule.rise):
        raise UnusableModelError(f"the rule's level is {rule.rise}")
    return Rule(
        reads=np.array([ROW.index(name) for name in _READS]),
        base=_READS.index(BASE),
        history=_READS.index(HISTORY),
        usual=_READS.index(USUAL),
        usual_share=_READS.index(USUAL_SHARE_OF),
        baselines=_baselines(),
        smallest=SMALLEST_ORDER,
        rise=float(rule.rise),
        quantity_baseline=_indices(rule.quantity_fallback),
        quantity_weight=_table("weights", rule.quantity_fallback.weight),
        typical_baseline=_indices(rule.typical_fallback),
        typical_weight=_table("weights", rule.typical_fallback.weight),
        offsets=_table("offsets", rule.offsets),
        history_edges=np.array(HISTORY_EDGES, dtype=np.float64),
        size_edges=np.array(SIZE_EDGES, dtype=np.float64),
        usual_within=USUAL_WITHIN,
        usual_least_share=USUAL_SHARE,
        most=float(np.log(MOST_CASES)),
        far_above=FAR_ABOVE,
        products=np.asarray(packs.products, dtype=np.int64),
        first=np.searchsorted(packs.keys, np.arange(len(packs.products) + 1) * packs.width),
        packs=np.asarray(packs.keys % packs.width, dtype=np.float64),
    )


def _baselines() -> np.ndarray:
    places = np.full((len(BASELINES), max(map(len, BASELINES.values()))), -1)
    for row, columns in zip(places, BASELINES.values(), strict=True):
        row[: len(columns)] = [_READS.index(name) for name in columns]
    return places


def _indices(fallback: Fallback) -> np.ndarray:
    baseline = _table("baselines", fallback.baseline)
    if not np.isin(baseline, np.arange(len(BASELINES))).all():
        raise UnusableModelError("a segment leans on a baseline that there is not")
    return baseline.astype(np.int64)


def _table(what: str, values: np.ndarray) -> np.ndarray:
    """One finite number a segment."""
    if np.shape(values) != SHAPE:
        raise UnusableModelError(f"the rule has {np.shape(values)} {what}, not {SHAPE}")
    table = np.asarray(values, dtype=np.float64)
    if not np.isfinite(table).all():
        raise UnusableModelError(f"one of the rule's {what} is not a number")
    return table
