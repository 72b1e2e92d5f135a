"""What `preprocess.py` publishes and prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from quantity.db.read import read_table
from quantity.db.snapshots import published
from quantity.db.tables import POINTER, replaced_tables
from tests.support.orders.csv_files import (
    GOOD,
    PRODUCTS,
    STORES,
    read,
    write,
)
from tests.support.publishing.preprocess_runs import Result, engine_of, everything, leftovers_of
from tests.support.publishing.published import without_previous
from tests.support.settings import settings_for
from training import preprocess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local_servers.mysql_server import MysqlServer
    from quantity.settings import Settings


ROWS = 600


def test_the_summary_tells_what_was_read_kept_and_published(
    run: Callable[..., Result], database_settings: Settings, csv_folder: Path
) -> None:
    result = run(database_settings, "--data-dir", str(csv_folder), "--run-id", "first [1] run")
    assert (result.code, result.err) == (preprocess.DONE, "")
    source = read(csv_folder)
    items = source.tables.order_items
    days = (items["checkout_date"].max() - items["checkout_date"].min()).days + 1
    for told in (
        "run first [1] run",
        f"data_order.csv {ROWS}",
        f"order lines kept {ROWS}",
        f"of products without metadata {source.report.orders.without_tags}",
        f"of stores without metadata {source.report.orders.without_store}",
        f"days covered {days}",
        "published snapshot 1, as of 2024-12-30: ",
    ):
        assert told in result.out
    assert source.report.orders.without_tags > 0
    assert source.report.orders.without_store > 0
    for phase in ("read and check the CSV files", "compute the features", "write and publish"):
        assert f"{phase} 0." in result.out or f"{phase} 1" in result.out
    with engine_of(database_settings) as engine:
        record = published(engine)
    assert record is not None
    assert (record.run_id, record.order_rows) == ("first [1] run", ROWS)


def test_dropped_rows_are_counted(run: Callable[..., Result], settings: Settings) -> None:
    settings.data_dir.mkdir()
    write(settings.data_dir, GOOD)
    write(settings.data_dir, {PRODUCTS: f"{GOOD[PRODUCTS]}1866,\n1866,Fresh\n"})
    with (settings.data_dir / STORES).open("a") as file:
        file.write(GOOD[STORES].splitlines()[1] + "\n")
    result = run(settings)
    for told in ("empty tags dropped 1", "repeated tags dropped 1", "repeated stores dropped 1"):
        assert told in result.out


def test_one_order_is_enough(run: Callable[..., Result], loaded: Settings) -> None:
    tables = everything(loaded)
    assert len(tables["fact_order_items"]) == len(tables["features"]) == 1
    assert tables["dim_store"] == [(55, "Supermarket", 3, "Large")]


def test_running_again_gives_the_same_tables(
    run: Callable[..., Result], database_settings: Settings, csv_folder: Path
) -> None:
    for _ in range(2):
        assert run(database_settings, "--data-dir", str(csv_folder)).code == preprocess.DONE
        assert leftovers_of(database_settings) == []
    tables = everything(database_settings)
    previous = {name.removesuffix("__previous"): rows for name, rows in tables.items() if name.endswith("__previous")}
    assert {name for name, rows in previous.items() if rows != tables[name]} == {POINTER}


def test_features_made_of_the_raw_tables_are_those_made_of_the_files(
    run: Callable[..., Result], database_settings: Settings, csv_folder: Path
) -> None:
    run(database_settings, "--data-dir", str(csv_folder))
    from_files = without_previous(everything(database_settings))
    result = run(database_settings, "--source", "db")
    assert (result.code, result.err) == (preprocess.DONE, "")
    assert f"order lines kept {ROWS}" in result.out
    assert "published snapshot 2" in result.out
    from_tables = without_previous(everything(database_settings))
    assert {name for name, rows in from_files.items() if rows != from_tables[name]} == {POINTER, "snapshots"}


def test_mysql_and_sqlite_hold_the_same(
    run: Callable[..., Result], settings: Settings, mysql_server: MysqlServer, tmp_path: Path, csv_folder: Path
) -> None:
    run(settings, "--data-dir", str(csv_folder))
    with mysql_server.database() as url:
        on_mysql = settings_for(tmp_path, url)
        run(on_mysql, "--data-dir", str(csv_folder))
        with engine_of(settings) as sqlite, engine_of(on_mysql) as mysql:
            for name, table in replaced_tables().items():
                if name != POINTER:
                    keys = [column.name for column in table.primary_key]
                    ours, theirs = (read_table(e, table).sort_values(keys, ignore_index=True) for e in (sqlite, mysql))
                    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


def test_the_files_are_looked_for_where_the_settings_say(run: Callable[..., Result], settings: Settings) -> None:
    settings.data_dir.mkdir()
    write(settings.data_dir, GOOD)
    assert run(settings).code == preprocess.DONE
