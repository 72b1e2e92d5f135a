"""A small market with its tables published."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from quantity.db.snapshots import published
from quantity.db.tables import HISTORY, replaced_tables
from quantity.features.compute import compute_features
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from tests.support.publishing.published import history_part
from training.publish.publishing import publish
from training.sample_data.synthetic import synthetic_tables

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Engine

    from quantity.features.compute import FeatureSet
    from quantity.raw import RawTables
    from quantity.versions import Published

ROWS = 3000

CHANGES_HISTORY = re.compile(rf"\b(DELETE FROM|INSERT INTO|UPDATE) {HISTORY}\b")

SPOIL = "DELETE FROM latest_store WHERE store_id = 1"
"""Makes a published market faulty."""


@cache
def market() -> RawTables:
    """3,000 order lines of half a year; the last order is of 2024-12-29. Not to be changed."""
    return synthetic_tables(ROWS, weeks=26)


@cache
def market_features() -> FeatureSet:
    """The market's features. Not to be changed."""
    return features_of(market())


def features_of(raw: RawTables) -> FeatureSet:
    """The features of raw tables."""
    return compute_features(sum_order_lines(raw.order_items), derive_entities(raw))


def publish_market(engine: Engine, run_id: str = "first", raw: RawTables | None = None) -> Published:
    """Publish the market, or other raw tables, with the features."""
    features = features_of(raw) if raw else market_features()
    raw = raw or market()
    return publish(engine, features, run_id=run_id, order_rows=len(raw.order_items), raw=raw)


def execute(engine: Engine, *statements: str) -> None:
    """Change the tables as a person at the console would, the history by the table of its only part."""
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(CHANGES_HISTORY.sub(lambda verb: f"{verb[1]} {history_part(engine)}", statement)))


def publish_orders(engine: Engine, run_id: str, keep: pd.Series[bool] | None = None, factor: int = 1) -> None:
    """Publish some of the market's orders, their quantities multiplied."""
    raw = market()
    items = raw.order_items.assign(quantity=raw.order_items["quantity"] * factor)
    publish_market(engine, run_id, replace(raw, order_items=items if keep is None else items[keep]))


def current(engine: Engine) -> Published:
    """The published snapshot."""
    snapshot = published(engine)
    assert snapshot is not None
    return snapshot


def feature_rows(engine: Engine) -> int:
    """How many rows the published history has."""
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(replaced_tables()["features"])) or 0
