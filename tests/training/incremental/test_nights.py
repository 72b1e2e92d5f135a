"""Night after night, a snapshot built on the one before is the one that all orders give, cell by cell."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from quantity.db.engine import connect
from quantity.db.history import parts_of
from quantity.db.raw_tables import read_raw_tables
from quantity.db.read import read_chunks, read_table
from quantity.db.snapshots import published
from quantity.db.tables import HISTORY, LATEST, ORDER_DAYS, SNAPSHOT, part_tables, replaced_tables
from quantity.features.compute import compute_features
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from tests.support.faults.dying_database import gone_from
from tests.support.publishing.changing_market import ITEMS, Market, publish_incrementally
from tests.support.publishing.published import dump, leftovers
from tests.support.settings import settings_for
from training import preprocess
from training.history.order_days import order_days
from training.history.stored_totals import stored_totals
from training.incremental import plan, update
from training.outcomes.orders import totals_by_day
from training.publish.lock import publish_lock
from training.publish.publishing import Origin, publication, roll_back
from training.quality.checks import faults
from training.quality.snapshot_change import ChangeLimits
from training.quality.verification import verify

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import URL, Engine

    from quantity.db.history import Part
    from quantity.settings import Settings
    from training.history.stored_totals import StoredTotals

NIGHTS = 5
COMPARED = [HISTORY, ORDER_DAYS, *(name for name in SNAPSHOT if name.startswith(LATEST))]


@pytest.fixture(autouse=True)
def _small_data_are_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "LARGEST_SHARE", 0.95)


def settings_of(url: URL, folder: Path) -> Settings:
    return settings_for(folder, url)


def expected(engine: Engine, folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What all orders give, from a database of its own."""
    raw = read_raw_tables(engine)
    features = compute_features(sum_order_lines(raw.order_items), derive_entities(raw))
    whole = connect(settings_for(folder).database_url)
    with publish_lock(whole, 0) as lock, publication(whole, lock) as snapshot:
        snapshot.add_features(features)
        snapshot.add_order_days(order_days(engine, ITEMS))
        snapshot.publish("whole", len(raw.order_items), Origin())
    found = dump(whole, COMPARED)
    whole.dispose()
    return found


def assert_same(found: dict[str, list[tuple[Any, ...]]], wanted: dict[str, list[tuple[Any, ...]]]) -> None:
    for name, rows in wanted.items():
        assert sorted(map(text, found[name])) == sorted(map(text, rows)), name


def text(row: tuple[Any, ...]) -> tuple[str, ...]:
    """The row whatever types a driver gives its values."""
    return tuple(str(float(value)) if isinstance(value, int | float) else str(value) for value in row)


def assert_readers_see(engine: Engine, rows: list[tuple[Any, ...]]) -> None:
    """Those that ask part by part see what the view shows, and the checks of a snapshot find nothing."""
    table = replaced_tables()[HISTORY]
    for some in (table.c.quantity > 2, None):
        read = read_table(engine, table, ["store_id", "quantity"], some)
        assert sorted(zip(read["store_id"], read["quantity"], strict=True)) == sorted(
            (row[0], row[3]) for row in rows if some is None or row[3] > 2
        )
    assert sum(map(len, read_chunks(engine, table, ["product_id"]))) == len(rows)
    first, end = min(row[2] for row in rows), max(row[2] for row in rows)
    totals = totals_by_day(engine, as_date(first), as_date(end))
    assert sum(total.cases for total in totals.values()) == sum(row[3] for row in rows if row[2] < end)
    checks = verify(engine, ChangeLimits(max_drop=1, max_shift=99, max_missing_rise=1))[1]
    # A day that is cancelled takes it back.
    assert faults([check for check in checks if check.name != "change: as-of date"]) == []


def as_date(value: dt.date | str) -> dt.date:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_week_of_nights_is_what_all_orders_give(
    engine: Engine, tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, market = settings_of(engine.url, tmp_path), Market(engine, seed)
    publish_incrementally(settings, "night 0")
    capsys.readouterr()
    before: dict[str, list[tuple[Any, ...]]] = {}
    parts = []
    for night in range(1, NIGHTS + 1):
        market.change()
        publish_incrementally(settings, f"night {night}")
        found = dump(engine, COMPARED)
        assert_same(found, expected(engine, tmp_path / str(night)))
        record = published(engine)
        assert record is not None
        assert record.feature_rows == len(found[HISTORY])
        assert leftovers(engine) == []
        if before:
            roll_back(engine)
            assert dump(engine, COMPARED) == before
            roll_back(engine)
            assert dump(engine, COMPARED) == found
        before = found
        with engine.connect() as connection:
            parts.append(len(parts_of(connection)))
        assert_readers_see(engine, found[HISTORY])
    assert capsys.readouterr().out.count("rows of the history from") >= 2
    assert max(parts) > 1


def test_a_night_on_a_server_is_what_all_orders_give(mysql_engine: Engine, tmp_path: Path) -> None:
    settings, market = settings_of(mysql_engine.url, tmp_path), Market(mysql_engine, 1)
    publish_incrementally(settings, "night 0")
    for night in (1, 2):
        market.change()
        publish_incrementally(settings, f"night {night}")
    found = dump(mysql_engine, COMPARED)
    assert_same(found, expected(mysql_engine, tmp_path / "whole"))
    assert_readers_see(mysql_engine, found[HISTORY])
    assert leftovers(mysql_engine) == []


@pytest.mark.parametrize("lost", ["none", "all"])
def test_a_night_finds_the_totals_of_the_nights_before_or_goes_without_them(
    engine: Engine, tmp_path: Path, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, market = settings_of(engine.url, tmp_path), Market(engine, 3)
    publish_incrementally(settings, "night 0")
    market.change()
    publish_incrementally(settings, "night 1")
    with engine.begin() as connection:
        numbers = [part.part for part in parts_of(connection)]
        for number in numbers if lost == "all" else ():
            part_tables(number).totals.drop(connection)
    found: list[bool] = []

    def told(engine: Engine, parts: Sequence[Part]) -> StoredTotals | None:
        totals = stored_totals(engine, parts)
        found.append(totals is not None)
        return totals

    monkeypatch.setattr(update, "stored_totals", told)
    market.change()
    publish_incrementally(settings, "night 2")
    assert found == [lost == "none"]
    assert_same(dump(engine, COMPARED), expected(engine, tmp_path / "whole"))
    assert leftovers(engine) == []


def test_a_night_that_dies_at_any_statement_leaves_a_whole_snapshot(sqlite_engine: Engine, tmp_path: Path) -> None:
    settings, market = settings_of(sqlite_engine.url, tmp_path), Market(sqlite_engine, 2)
    publish_incrementally(settings, "night 0")
    market.change()
    wanted = expected(sqlite_engine, tmp_path / "whole")
    before = dump(sqlite_engine, COMPARED)
    number, died = 3, 0
    while True:
        with gone_from(number):
            code = preprocess.main(["--source", "db", "--incremental", "--run-id", f"{number}"], settings)
        found = dump(sqlite_engine, COMPARED)
        if code == preprocess.DONE:
            break
        assert code == preprocess.DATABASE_FAILED
        assert found == before
        number, died = number + 11, died + 1
    assert died > 5
    assert_same(found, wanted)
