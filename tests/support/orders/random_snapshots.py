"""Features of random order lines, and the snapshot in memory that is made of them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from quantity.features.compute import FeatureSet, compute_features
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from quantity.online.snapshot import Snapshot
from quantity.versions import Published
from tests.support.orders.random_orders import raw_tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.orders.random_orders import Line


def compute(lines: Iterable[Line]) -> FeatureSet:
    """The features of order lines."""
    raw = raw_tables(lines)
    return compute_features(sum_order_lines(raw.order_items), derive_entities(raw))


def snapshot_of(features: FeatureSet) -> Snapshot:
    """The snapshot of their latest state."""
    info = Published("p", 1, features.as_of, dt.datetime(2022, 1, 1), "run", 1, 1, 1, 1, 1)  # noqa: DTZ001 - UTC by contract
    return Snapshot.build(info, features.latest)
