"""A small market whose raw tables change from night to night, and its nightly snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import delete, func, insert, select, update

from quantity.db.tables import replaced_tables
from quantity.features.compute import compute_features
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from tests.support.orders.random_orders import FIRST_DAY, PACKS, PRODUCTS, STORES, random_lines, raw_tables
from training import preprocess
from training.publish.lock import publish_lock
from training.publish.publishing import Origin, publication
from training.publish.raw_origin import RawOrigin

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from quantity.settings import Settings

DAYS = 60
PRICES = (None, 95, 100, 105)
ITEMS, TAGS, STORE_ROWS = (replaced_tables()[name] for name in ("fact_order_items", "dim_product", "dim_store"))


def date(day: int) -> Any:
    return (FIRST_DAY + np.timedelta64(day, "D")).astype(object)


class Market:
    """Raw tables that change at random, as people change them: by SQL."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self.engine, self._random, self._day = engine, np.random.default_rng(seed), DAYS
        with publish_lock(engine, 0) as lock, publication(engine, lock) as first:
            raw = raw_tables(random_lines(seed, count=250, days=DAYS))
            first.add_raw(raw, RawOrigin())
            features = compute_features(sum_order_lines(raw.order_items), derive_entities(raw))
            first.add_features(features)
            first.publish("files", 250, Origin())

    def change(self) -> None:
        """A night's new orders, and perhaps late, corrected and cancelled ones, new stores and products, other tags."""
        changes = [self._late, self._corrected, self._repriced, self._cancelled, self._day_cancelled]
        changes += [self._newcomers, self._tagged, self._moved]
        with self.engine.begin() as connection:
            if self._random.random() < 0.8:
                self._order(connection, self._day, int(self._random.integers(1, 8)))
                self._day += int(self._random.integers(1, 4))
            for number in self._random.choice(len(changes), self._random.integers(0, 3), replace=False):
                changes[number](connection)

    def _order(self, connection: Connection, day: int, lines: int, *, newest: int = 0) -> None:
        number = connection.scalar(select(func.max(ITEMS.c.line))) or 0
        for line in range(lines):
            values = {
                "line": number + line + 1,
                "order_id": number + line + 1,
                "store_id": int(self._random.integers(1, STORES + 1 + newest)),
                "brand_id": 1,
                "product_id": int(self._random.integers(1, PRODUCTS + 1 + newest)),
                "product_variant_id": 1,
                "quantity": int(self._random.choice(PACKS)),
                "variant_case_price_cents": PRICES[self._random.integers(len(PRICES))],
                "checkout_date": date(day),
            }
            connection.execute(insert(ITEMS).values(values))

    def _late(self, connection: Connection) -> None:
        self._order(connection, int(self._random.integers(0, self._day)), 2)

    def _newcomers(self, connection: Connection) -> None:
        self._order(connection, self._day - 1, 4, newest=3)

    def _one(self, connection: Connection) -> Any:
        return ITEMS.c.line == self._random.choice(connection.scalars(select(ITEMS.c.line)).all())

    def _corrected(self, connection: Connection) -> None:
        connection.execute(update(ITEMS).where(self._one(connection)).values(quantity=ITEMS.c.quantity + 1))

    def _repriced(self, connection: Connection) -> None:
        connection.execute(update(ITEMS).where(self._one(connection)).values(variant_case_price_cents=None))

    def _cancelled(self, connection: Connection) -> None:
        connection.execute(delete(ITEMS).where(self._one(connection)))

    def _day_cancelled(self, connection: Connection) -> None:
        last = connection.scalar(select(func.max(ITEMS.c.checkout_date)))
        connection.execute(delete(ITEMS).where(ITEMS.c.checkout_date == last))

    def _tagged(self, connection: Connection) -> None:
        product = PRODUCTS + int(self._random.integers(0, 4))
        known = connection.scalars(select(TAGS.c.product_metadata).where(TAGS.c.product_id == product)).all()
        new = f"group {self._random.integers(0, 3)}"
        if new not in known:
            connection.execute(insert(TAGS).values(product_id=product, product_metadata=new))

    def _moved(self, connection: Connection) -> None:
        store = int(self._random.integers(1, STORES))
        connection.execute(update(STORE_ROWS).where(STORE_ROWS.c.store_id == store).values(region_id="9"))


def publish_incrementally(settings: Settings, run_id: str) -> None:
    """Have the program publish what the raw tables hold."""
    assert preprocess.main(["--source", "db", "--incremental", "--run-id", run_id], settings) == preprocess.DONE
