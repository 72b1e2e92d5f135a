"""The published snapshot's verification: sound ones pass, and every kind of fault is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from quantity.db.snapshots import FeatureListError, SnapshotChangedError
from quantity.db.tables import PREVIOUS
from tests.support.publishing.published import as_before_parts
from tests.support.publishing.published_market import SPOIL, execute, market, publish_market, publish_orders
from training.quality import verification
from training.quality.checks import faults
from training.quality.snapshot_change import ChangeLimits
from training.quality.verification import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from quantity.versions import Published
    from training.quality.checks import Check


def told(engine: Engine, limits: ChangeLimits | None = None) -> list[str]:
    """The faults, as the report tells them."""
    _, checks = verify(engine, limits or ChangeLimits())
    return [f"{check.name}: {check.fault}" for check in faults(checks)]


def test_the_first_snapshot_is_sound(engine: Engine) -> None:
    publish_market(engine)
    assert told(engine) == []


def test_a_snapshot_of_the_same_or_of_more_orders_is_sound(engine: Engine) -> None:
    publish_orders(engine, "first", market().order_items["checkout_date"] <= "2024-12-22")
    publish_market(engine, "second")
    assert told(engine) == []
    publish_market(engine, "third")
    assert told(engine) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("DELETE FROM features WHERE store_id = 1", "rows, but the snapshot's record says 3,000"),
        ("DELETE FROM features WHERE store_id = 1", "features: rows: "),
        (SPOIL, "latest_store: keys: 1 of 22 store_id have no row in latest_store"),
        ("DELETE FROM latest_category WHERE category = 'Category 3'", "1 of 8 category have no row in latest_category"),
        ("DELETE FROM latest_region_category", "region_id and category have no row in latest_region_category"),
        (
            "UPDATE latest_store_product SET store_id = 999 WHERE store_id = 1",
            "store_id and product_id have no row in latest_store_product",
        ),
        (
            "UPDATE published_snapshot SET as_of_date = '2024-12-29'",
            "as-of date: 2024-12-29, last order 2024-12-29: it must be a day after the last order",
        ),
        (
            "UPDATE features SET quantity = 0 WHERE store_id = 1",
            "rows have no quantity of at least 1",
        ),
    ],
)
def test_tables_that_disagree_are_told(engine: Engine, change: str, expected: str) -> None:
    publish_market(engine)
    execute(engine, change)
    assert any(expected in fault for fault in told(engine)), told(engine)


def test_an_empty_snapshot_is_faulty(sqlite_engine: Engine) -> None:
    publish_market(sqlite_engine)
    execute(
        sqlite_engine,
        "DELETE FROM features",
        "UPDATE published_snapshot SET feature_rows = 0",
    )
    assert "features: rows: the table is empty" in told(sqlite_engine)
    assert any("last order None" in fault for fault in told(sqlite_engine))


def test_stores_pairs_and_rows_that_are_gone_are_told(sqlite_engine: Engine) -> None:
    publish_market(sqlite_engine)
    publish_orders(sqlite_engine, "second", market().order_items["store_id"] > 3)
    names = [fault.split(": ")[1] for fault in told(sqlite_engine)]
    assert names == ["feature rows", "pairs"]
    assert told(sqlite_engine, ChangeLimits(max_drop=0.9)) == []


def test_an_as_of_date_that_went_back_is_told(sqlite_engine: Engine) -> None:
    publish_market(sqlite_engine)
    publish_orders(sqlite_engine, "second", market().order_items["checkout_date"] <= "2024-12-28")
    assert told(sqlite_engine) == ["change: as-of date: 2024-12-30 before, 2024-12-29 now: it went back"]


def test_quantities_of_another_size_are_told(sqlite_engine: Engine) -> None:
    publish_market(sqlite_engine)
    publish_orders(sqlite_engine, "second", factor=10)
    (fault,) = told(sqlite_engine)
    assert fault.startswith("change: quantities of the last 28 days: stability index ")
    assert told(sqlite_engine, ChangeLimits(max_shift=1000)) == []


def test_few_orders_are_not_judged_by_their_shares(sqlite_engine: Engine) -> None:
    few = market().order_items["checkout_date"] >= "2024-12-15"
    publish_orders(sqlite_engine, "first", few)
    publish_orders(sqlite_engine, "second", few, factor=10)
    assert told(sqlite_engine) == []


def test_features_that_are_missing_more_often_are_told(sqlite_engine: Engine) -> None:
    publish_market(sqlite_engine)
    publish_market(sqlite_engine, "second")
    execute(sqlite_engine, "UPDATE latest_store_product SET qty_store_product_lag_1 = NULL")
    (fault,) = told(sqlite_engine)
    assert fault == (
        "change: missing values of latest_store_product: rose by more than 20%: "
        "qty_store_product_lag_1 0% before, 100% now"
    )


def test_what_was_read_of_two_snapshots_proves_nothing(sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_market(sqlite_engine)

    def overtaken(_connection: Connection, _snapshot: Published) -> Iterator[Check]:
        publish_market(sqlite_engine, "other")
        yield from ()

    monkeypatch.setattr(verification, "check_content", overtaken)
    with pytest.raises(SnapshotChangedError):
        verify(sqlite_engine, ChangeLimits())


def test_the_market_has_what_these_tests_need() -> None:
    items = market().order_items
    recent = items["checkout_date"] > "2024-12-01"
    assert recent.sum() > 500
    assert np.unique(items["store_id"]).size == 22


def test_features_that_are_new_or_gone_are_told_and_not_judged(engine: Engine) -> None:
    """The first snapshot after a change of the feature list."""
    publish_market(engine)
    publish_market(engine, "second")
    as_before_parts(engine, PREVIOUS)
    execute(
        engine,
        "ALTER TABLE features__previous RENAME COLUMN cnt_store_l30d TO cnt_store_l31d",
        "ALTER TABLE latest_store__previous RENAME COLUMN cnt_store_l30d TO cnt_store_l31d",
        "DROP TABLE latest_store_type__previous",
    )
    _, checks = verify(engine, ChangeLimits())
    assert faults(checks) == []
    found = {check.name: check.found for check in checks}
    assert found["change: features"] == "new: cnt_store_l30d; gone: cnt_store_l31d"
    assert found["change: missing values of latest_store"].startswith("at most 0.0% more")
    assert found["change: missing values of latest_store_type"] == "not judged: the two have no column in common"


def test_a_snapshot_of_another_feature_list_is_not_verified(engine: Engine) -> None:
    publish_market(engine)
    execute(engine, "UPDATE published_snapshot SET features_digest = 'other'")
    with pytest.raises(FeatureListError, match="snapshot 1 was published with other features"):
        verify(engine, ChangeLimits())
