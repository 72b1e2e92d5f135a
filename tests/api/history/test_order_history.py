"""The last orders of each pair: built of order lines, read from the database, kept as a local copy."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from api.loading import room
from api.loading.order_history import HISTORY, OrderHistorySource, history_copies, order_history_source
from api.loading.room import NoRoomError
from api.serving.order_history import OrderHistory
from quantity.db.engine import connect
from quantity.db.raw_tables import LINES_A_PIECE, ORDERED, read_days_orders
from quantity.features.calendar import date_to_day
from quantity.raw import RawTables
from tests.support.api.apps import live_app, make_settings, running
from tests.support.api.past_orders import naive, pieces_of
from tests.support.publishing.published_market import market, publish_market
from tests.support.settings import settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import URL

    from quantity.settings import Settings
    from tests.support.api.embedded_servers import LiveDatabase

AS_OF = dt.date(2024, 5, 1)


def random_lines(seed: int, n: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "store_id": rng.integers(1, 4, n),
            "product_id": rng.choice([1, 7, 2**31 - 1], n),
            "checkout_date": pd.Timestamp(AS_OF) + pd.to_timedelta(rng.integers(-30, 5, n), unit="D"),
            "quantity": rng.integers(1, 9, n),
        }
    )


@pytest.mark.parametrize("most", [1, 3, 60])
@pytest.mark.parametrize(("seed", "n", "count"), [(1, 400, 3), (2, 1, 1), (3, 0, 2), (4, 50, 7)])
def test_the_last_orders_before_the_as_of_date_are_kept(seed: int, n: int, count: int, most: int) -> None:
    lines = random_lines(seed, n)
    history = OrderHistory.build("p", AS_OF, most, pieces_of(lines, count))
    expected = naive(lines, AS_OF, most)
    pairs = [(store, product) for store in range(1, 5) for product in (1, 2, 7, 2**31 - 1)]
    assert {pair: history.orders_of(*pair) for pair in pairs} == {pair: expected.get(pair, []) for pair in pairs}


def test_they_are_those_of_the_raw_tables_that_the_snapshot_knows(tmp_path: Path, database_url: URL) -> None:
    settings = settings_for(tmp_path, database_url)
    engine = connect(settings.database_url)
    snapshot = publish_market(engine)
    assert sum(len(frame) for frame in read_days_orders(engine)) == len(market().order_items)
    engine.dispose()
    source = OrderHistorySource(settings)
    offer = source.offer()
    assert offer is not None
    history = source.load(offer.version)
    assert history.version == offer.identity
    assert history.as_of == snapshot.as_of_date
    expected = naive(market().order_items, snapshot.as_of_date, 60)
    assert len(history.keys) == len(expected)
    for pair in list(expected)[::11]:
        assert history.orders_of(*pair) == expected[pair]


@pytest.mark.parametrize("worth_a_process", [1, 10**9])
def test_lines_are_read_a_piece_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worth_a_process: int
) -> None:
    settings = settings_for(tmp_path)
    settings.local_dir.mkdir(parents=True)
    engine = connect(settings.database_url)
    publish_market(engine)
    monkeypatch.setattr("quantity.db.raw_tables.LINES_A_PIECE", 700)
    monkeypatch.setattr("quantity.db.raw_tables.WORTH_A_PROCESS", worth_a_process)
    frames = list(read_days_orders(engine))
    engine.dispose()
    assert LINES_A_PIECE > max(map(len, frames)) == 700
    (every,) = pieces_of(market().order_items, 1)
    found = pd.concat(frames)
    for name, values in zip(ORDERED, every, strict=True):
        assert sorted(found[name]) == sorted(values.tolist())
    assert found.iloc[2000].tolist() == [values[2000] for values in every]


def test_orders_that_do_not_fit_into_memory_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_for(tmp_path)
    settings.local_dir.mkdir(parents=True)
    engine = connect(settings.database_url)
    publish_market(engine)
    engine.dispose()
    monkeypatch.setattr(room, "memory_left", lambda: 1_000_000)
    with pytest.raises(NoRoomError, match="API_HISTORY_ORDERS=0"):
        OrderHistorySource(settings).load("any")


def test_features_that_were_published_without_order_lines_are_no_fault(
    live_settings: Settings, database: LiveDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    database.publish()
    assert OrderHistorySource(live_settings).offer() is None
    app = live_app(live_settings)
    app.look()
    assert app.service.order_history is None
    assert app.service.why_no_order_history() == (
        "past orders not loaded: the database has no published snapshot, or no order lines beside it"
    )
    assert not [record for record in caplog.records if record.levelname == "ERROR" and "history" in record.message]


def test_none_are_read_where_the_settings_keep_none(tmp_path: Path) -> None:
    assert order_history_source(make_settings(tmp_path, api_history_orders=0)) is None


def write_half(folder: Path) -> None:
    (folder / "info.json").write_text("{")


def test_a_damaged_copy_is_replaced(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    engine = connect(settings.database_url)
    publish_market(engine)
    engine.dispose()
    app = live_app(settings)
    with running(app):
        before = app.service.order_history
        assert before is not None
        copies = history_copies(settings)
        copies.publish({HISTORY: write_half})
        app.service.look()
        assert app.service.order_history is before
        assert copies.part(HISTORY) is None
        app.look()
        again = app.service.order_history
        assert again is not None
        assert again is not before
        np.testing.assert_array_equal(again.quantity, before.quantity)


def test_another_snapshot_brings_other_orders(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    engine = connect(settings.database_url)
    publish_market(engine)
    app = live_app(settings)
    with running(app):
        first = app.service.order_history
        items = market().order_items
        fewer = RawTables(items.iloc[: len(items) // 2], market().product_tags, market().stores)
        second = publish_market(engine, "second", fewer)
        app.look()
        now = app.service.order_history
    engine.dispose()
    assert first is not None
    assert now is not None
    assert now.as_of == second.as_of_date < first.as_of
    assert now.day.max() < date_to_day(second.as_of_date)
