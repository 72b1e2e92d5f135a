"""A million pairs of store and product with real features, for the latest state that serving reads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from quantity.features.compute import compute_features
from quantity.features.definitions import SCOPES
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from quantity.raw import RawTables
from training.sample_data.synthetic import make_market, product_tags, store_rows, weekly_lines

if TYPE_CHECKING:
    from quantity.features.compute import FeatureSet
    from training.phases import Phases

LINES, WEEKS = 4_000_000, 26
LINES_TO_MAKE_ROOM_FOR = 3_438_500
EVENLY = 0.25
"""Exponent of the pairs' eagerness: nearly every pair has ordered, most of them a few times."""

HISTORY_ROWS = 10_000
"""Serving reads the latest state only: so much of the history is published beside it."""


def million_pairs(phases: Phases) -> FeatureSet:
    """The features of 4 million generated order lines of some 1,004,000 pairs."""
    phases.start("generate 4 million lines", WEEKS)
    market = make_market(LINES_TO_MAKE_ROOM_FOR, weeks=WEEKS)
    market = replace(market, eagerness=market.eagerness**EVENLY)
    weeks = []
    for lines in weekly_lines(market, LINES):
        weeks.append(lines)
        phases.advance()
    raw = RawTables(pd.concat(weeks, ignore_index=True), product_tags(market), store_rows(market))
    phases.start("compute their features", len(SCOPES))
    orders, entities = sum_order_lines(raw.order_items), derive_entities(raw)
    features = compute_features(orders, entities, lambda _: phases.advance())
    return replace(features, history=features.history.head(HISTORY_ROWS).copy())
