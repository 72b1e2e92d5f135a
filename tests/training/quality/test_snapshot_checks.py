"""The published snapshot's verification: sound ones pass, faulty ones are told and rolled back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sqlalchemy import func, select

from quantity.db.snapshots import SnapshotChangedError, published
from quantity.db.tables import replaced_tables
from tests.support.publishing.published_market import execute, market, publish_market
from training import snapshot_checks
from training.publish.lock import publish_lock
from training.publish.publishing import roll_back
from training.quality.checks import faults
from training.quality.snapshot_change import ChangeLimits
from training.snapshot_checks import BUSY, DATABASE_FAILED, FAULTY, SOUND, verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from sqlalchemy import Connection, Engine

    from quantity.settings import Settings
    from quantity.versions import Published
    from training.quality.checks import Check

SPOIL = "DELETE FROM latest_store WHERE store_id = 1"
ROLLING_BACK = ["--rollback-on-failure", "--wait", "0"]


def told(engine: Engine, limits: ChangeLimits | None = None) -> list[str]:
    """The faults, as the report tells them."""
    _, checks = verify(engine, limits or ChangeLimits())
    return [f"{check.name}: {check.fault}" for check in faults(checks)]


def current(engine: Engine) -> Published:
    snapshot = published(engine)
    assert snapshot is not None
    return snapshot


def features_of(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(replaced_tables()["features"])) or 0


def publish_orders(engine: Engine, run_id: str, keep: pd.Series[bool] | None = None, factor: int = 1) -> None:
    """Publish some of the market's orders, their quantities multiplied."""
    raw = market()
    items = raw.order_items.assign(quantity=raw.order_items["quantity"] * factor)
    publish_market(engine, run_id, replace(raw, order_items=items if keep is None else items[keep]))


def test_the_first_snapshot_is_sound(
    engine: Engine, database_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_market(engine)
    assert snapshot_checks.main(["--run-id", "first"], database_settings) == SOUND
    output = capsys.readouterr()
    assert "snapshot 1 of run first, as of 2024-12-30" in output.out
    assert "there is no earlier snapshot" in output.out
    assert output.err == ""


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
            "UPDATE published_snapshot SET as_of_date = '2024-12-31'",
            "as-of date: 2024-12-31, last order 2024-12-29: it must be the day after the last order",
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


def test_a_faulty_snapshot_is_rolled_back_when_told_so(
    engine: Engine, database_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_orders(engine, "first", market().order_items["checkout_date"] <= "2024-12-28")
    good = features_of(engine)
    publish_market(engine, "second")
    execute(engine, SPOIL)
    assert snapshot_checks.main(["--run-id", "second", "--rollback-on-failure"], database_settings) == FAULTY
    assert current(engine).snapshot_id == 1
    assert features_of(engine) == good
    lines = capsys.readouterr().err.splitlines()
    assert "snapshot_checks: latest_store: keys: 1 of 22 store_id have no row in latest_store" in lines
    assert lines[-1] == "snapshot_checks: rolled back to snapshot 1 of run first, as of 2024-12-29"
    # The one that serves now is sound; asked again for its own snapshot, the run still fails.
    assert snapshot_checks.main([], database_settings) == SOUND
    assert snapshot_checks.main(["--run-id", "second", "--rollback-on-failure"], database_settings) == FAULTY
    assert current(engine).snapshot_id == 1


def test_a_faulty_snapshot_stays_when_not_told_to_roll_back(sqlite_engine: Engine, settings: Settings) -> None:
    publish_market(sqlite_engine)
    publish_market(sqlite_engine, "second")
    execute(sqlite_engine, SPOIL)
    assert snapshot_checks.main([], settings) == FAULTY
    assert current(sqlite_engine).snapshot_id == 2


def test_a_snapshot_that_was_given_up_is_neither_compared_with_nor_put_back(
    sqlite_engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_orders(sqlite_engine, "first", market().order_items["checkout_date"] <= "2024-12-28")
    publish_market(sqlite_engine, "second")
    roll_back(sqlite_engine)
    assert snapshot_checks.main([], settings) == SOUND
    execute(sqlite_engine, SPOIL)
    assert snapshot_checks.main(ROLLING_BACK, settings) == FAULTY
    assert current(sqlite_engine).snapshot_id == 1
    assert "not rolled back: the previous snapshot 2 was itself rolled back" in capsys.readouterr().err


def test_without_a_previous_snapshot_the_faulty_one_stays_and_that_is_said(
    sqlite_engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_market(sqlite_engine)
    execute(sqlite_engine, SPOIL)
    assert snapshot_checks.main(ROLLING_BACK, settings) == FAULTY
    assert current(sqlite_engine).snapshot_id == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "snapshot_checks: not rolled back: there is no previous snapshot. The faulty snapshot 1 stays published; "
        "correct the raw tables and run the preprocessing again"
    )


def test_a_snapshot_of_the_same_run_is_nothing_to_roll_back_to(
    sqlite_engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_market(sqlite_engine, "again")
    publish_market(sqlite_engine, "again")
    execute(sqlite_engine, SPOIL)
    assert snapshot_checks.main(ROLLING_BACK, settings) == FAULTY
    assert current(sqlite_engine).snapshot_id == 2
    assert "the previous snapshot 1 is of the same run" in capsys.readouterr().err


def test_a_snapshot_of_another_run_is_not_touched(
    sqlite_engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_market(sqlite_engine, "first")
    publish_market(sqlite_engine, "second")
    execute(sqlite_engine, SPOIL)
    assert snapshot_checks.main(["--run-id", "mine", *ROLLING_BACK], settings) == FAULTY
    assert current(sqlite_engine).snapshot_id == 2
    assert "the published snapshot 2 is of run second, not of mine" in capsys.readouterr().err


def test_nothing_published_is_told(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert snapshot_checks.main([], settings) == FAULTY
    assert capsys.readouterr().err == "snapshot_checks: no snapshot is published: run the preprocessing\n"


def test_while_another_run_publishes_nothing_is_rolled_back(
    sqlite_engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_market(sqlite_engine)
    publish_market(sqlite_engine, "second")
    execute(sqlite_engine, SPOIL)
    with publish_lock(sqlite_engine, 0):
        assert snapshot_checks.main(ROLLING_BACK, settings) == BUSY
    assert current(sqlite_engine).snapshot_id == 2
    assert "not rolled back: another run is publishing" in capsys.readouterr().err


def test_what_was_read_of_two_snapshots_proves_nothing(
    sqlite_engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_market(sqlite_engine)

    def overtaken(_connection: Connection, _snapshot: Published) -> Iterator[Check]:
        publish_market(sqlite_engine, "other")
        yield from ()

    monkeypatch.setattr(snapshot_checks, "check_content", overtaken)
    with pytest.raises(SnapshotChangedError):
        verify(sqlite_engine, ChangeLimits())
    assert snapshot_checks.main(ROLLING_BACK, settings) == DATABASE_FAILED
    assert current(sqlite_engine).run_id == "other"


def test_the_publication_is_looked_at_again_before_rolling_back(sqlite_engine: Engine) -> None:
    faulty = publish_market(sqlite_engine)
    publish_market(sqlite_engine, "second")
    with pytest.raises(SnapshotChangedError):
        snapshot_checks.put_back_previous(sqlite_engine, faulty, 0)
    assert current(sqlite_engine).run_id == "second"


def test_the_market_has_what_these_tests_need() -> None:
    items = market().order_items
    recent = items["checkout_date"] > "2024-12-01"
    assert recent.sum() > 500
    assert np.unique(items["store_id"]).size == 22
