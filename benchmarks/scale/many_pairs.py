"""A snapshot of millions of pairs for what reads the latest state only: real features, a few orders a pair."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from quantity.features.compute import HISTORY, stream_features
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from quantity.raw import RawTables
from training.sample_data.synthetic import make_market, product_tags, store_rows, weekly_lines

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from quantity.features.compute import StreamedFeatures

WEEKS = 26
LINES_A_PAIR = 1.3
POSSIBLE_PAIRS = 2.2
"""Of those that order, all alike: drawn week by week, 1.3 lines a pair reach about one in 2.2 of them."""

LINES_TO_MAKE_ROOM_FOR = 0.115 * WEEKS
"""A pair, as `make_market` counts them."""


@dataclass(frozen=True)
class LatestAlone:
    """The latest state of features, without their history.

    Attributes:
        features: all of them.
    """

    features: StreamedFeatures

    @property
    def as_of(self) -> dt.date:
        """The first day that the latest state does not know."""
        return self.features.as_of

    @property
    def first_day(self) -> dt.date:
        """The first day of the history that there is not."""
        return self.features.first_day

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows the latest state has by scope; the history has none."""
        return {**self.features.rows, HISTORY: 0}

    def pieces(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The rows of the latest state."""
        return ((name, frame) for name, frame in self.features.pieces() if name != HISTORY)


def many_pairs(pairs: int) -> tuple[LatestAlone, int]:
    """The latest state of about so many pairs, and the number of order lines that it comes from."""
    market = make_market(round(POSSIBLE_PAIRS * pairs * LINES_TO_MAKE_ROOM_FOR), weeks=WEEKS)
    market = replace(market, eagerness=market.eagerness**0)
    lines = round(LINES_A_PAIR * pairs)
    raw = RawTables(pd.concat(weekly_lines(market, lines), ignore_index=True), product_tags(market), store_rows(market))
    return LatestAlone(stream_features(sum_order_lines(raw.order_items), derive_entities(raw))), lines
